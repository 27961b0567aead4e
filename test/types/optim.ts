/** @file Types of optimizers and schedulers. The compiler checks this file; nothing runs it. */
import { expectTypeOf } from "vitest";
import { nn, optim, type Tensor } from "../../src/entry/index.ts";

const { lrScheduler } = optim;
const model = new nn.Linear(2, 1);
const params = model.parameters();

// --- Optimizers --------------------------------------------------------------------------------------------------------

const rmsprop = new optim.RMSprop(params, { lr: 0.001, alpha: 0.9, eps: 1e-6, weightDecay: 0, momentum: 0.9 });
new optim.RMSprop(params, { centered: true, maximize: false });
// @ts-expect-error misspelt
new optim.RMSprop(params, { learningRate: 0.001 });
// @ts-expect-error PyTorch's name
new optim.RMSprop(params, { weight_decay: 0.1 });
// @ts-expect-error not a number
new optim.RMSprop(params, { lr: "0.001" });
// @ts-expect-error not a flag
new optim.RMSprop(params, { centered: 1 });
new optim.RMSprop({ params, lr: 0.001, alpha: 0.9 });
// @ts-expect-error misspelt
new optim.RMSprop({ parameters: params, lr: 0.001 });
new optim.AdamW(params, 0.001, { weightDecay: 0 });
new optim.RMSprop(params, 0.001);
new optim.RMSprop(params, 0.001, { alpha: 0.9 });
// @ts-expect-error the other options have names
new optim.RMSprop(params, 0.001, 0.9);
// @ts-expect-error the rate twice
new optim.RMSprop(params, 0.001, { lr: 0.01 });
// @ts-expect-error the parameters are missing
new optim.RMSprop();
// @ts-expect-error a module is no list of parameters
new optim.RMSprop(model);
// @ts-expect-error numbers are no parameters
new optim.RMSprop([1, 2]);
new optim.SGD(params, { momentum: 0.9, dampening: 0, nesterov: true });
// @ts-expect-error misspelt
new optim.SGD(params, { moment: 0.9 });
// @ts-expect-error not a flag
new optim.SGD(params, { nesterov: "yes" });
new optim.Adam(params, { betas: [0.9, 0.999], amsgrad: true });
// @ts-expect-error two numbers
new optim.Adam(params, { betas: [0.9] });
// @ts-expect-error misspelt
new optim.Adam(params, { beta1: 0.9 });
// @ts-expect-error not a number
new optim.AdamW(params, { weightDecay: true });
// @ts-expect-error an option of another one
new optim.AdamW(params, { alpha: 0.9 });
// @ts-expect-error misspelt
new optim.Adadelta(params, { roh: 0.9 });
// @ts-expect-error not a number
new optim.Adagrad(params, { lrDecay: null });
// @ts-expect-error misspelt
new optim.Adagrad(params, { initialAccumulator: 1 });
// @ts-expect-error two numbers
new optim.Adamax(params, { betas: 0.9 });
// @ts-expect-error misspelt
new optim.NAdam(params, { momentumdecay: 1 });
// @ts-expect-error not a number
new optim.NAdam(params, { momentumDecay: "1" });
// @ts-expect-error an option of another one
new optim.RAdam(params, { amsgrad: true });
new optim.LBFGS(params, { lineSearchFn: "strong_wolfe", maxIter: 5 });
// @ts-expect-error no search there is
new optim.LBFGS(params, { lineSearchFn: "armijo" });
// @ts-expect-error misspelt
new optim.LBFGS(params, { maxIters: 5 });

// --- Groups ------------------------------------------------------------------------------------------------------------

new optim.Adam(
  [
    { params, lr: 1 },
    { params: new Set(params), betas: [0.5, 0.5] },
  ],
  { eps: 1e-6 },
);
// @ts-expect-error misspelt
new optim.Adam([{ params, learningRate: 1 }]);
// @ts-expect-error not a number
new optim.Adam([{ params, lr: "1" }]);
// @ts-expect-error the parameters are missing
new optim.Adam([{ lr: 1 }]);
rmsprop.addParamGroup({ params, lr: 1 });
// @ts-expect-error misspelt
rmsprop.addParamGroup({ params, rate: 1 });
// @ts-expect-error the parameters are missing
rmsprop.addParamGroup({ lr: 1 });
expectTypeOf(rmsprop.paramGroups[0]?.alpha).toEqualTypeOf<number | undefined>();
expectTypeOf(rmsprop.paramGroups[0]?.params).toEqualTypeOf<Tensor[] | undefined>();
// @ts-expect-error an option of another one
rmsprop.paramGroups[0]?.betas;
expectTypeOf(rmsprop.step()).toEqualTypeOf<void>();
expectTypeOf(rmsprop.step(() => 1)).toEqualTypeOf<number>();
rmsprop.zeroGrad({ setToNone: false });
// @ts-expect-error misspelt
rmsprop.zeroGrad({ setToNull: false });
// @ts-expect-error not a flag
rmsprop.zeroGrad({ setToNone: 0 });
rmsprop.loadStateDict(rmsprop.stateDict());
// @ts-expect-error a module's state is another one
rmsprop.loadStateDict(model.stateDict());

// --- Schedulers --------------------------------------------------------------------------------------------------------

new lrScheduler.LambdaLR(rmsprop, (epoch) => 0.9 ** epoch);
// @ts-expect-error no function of numbers
new lrScheduler.LambdaLR(rmsprop, (epoch) => `${epoch}`);
// @ts-expect-error misspelt
new lrScheduler.LambdaLR(rmsprop, { lambda: () => 1 });
const step = new lrScheduler.StepLR(rmsprop, 10, { gamma: 0.5 });
expectTypeOf<ConstructorParameters<typeof lrScheduler.StepLR>>().toEqualTypeOf<
  [optimizer: optim.Optimizer, options: optim.lrScheduler.StepLROptions]
>();
new lrScheduler.StepLR(rmsprop, 10, 0.5, { lastEpoch: -1 });
new lrScheduler.LinearLR(rmsprop, 0.5, { totalIters: 3 });
new lrScheduler.ReduceLROnPlateau(rmsprop, "max", 0.5, { patience: 3 });
new lrScheduler.OneCycleLR(rmsprop, 0.1, 10, { pctStart: 0.5 });
// @ts-expect-error options come last, in one object
new lrScheduler.StepLR(rmsprop, { stepSize: 10 }, { gamma: 0.5 });
new lrScheduler.StepLR(rmsprop, { stepSize: 10, lastEpoch: -1 });
// @ts-expect-error the step is missing
new lrScheduler.StepLR(rmsprop);
// @ts-expect-error misspelt
new lrScheduler.StepLR(rmsprop, 10, { gama: 0.5 });
// @ts-expect-error not a number
new lrScheduler.StepLR(rmsprop, { stepSize: "10" });
// @ts-expect-error a module is no optimizer
new lrScheduler.StepLR(model, 10);
// @ts-expect-error a list
new lrScheduler.MultiStepLR(rmsprop, { milestones: 3 });
// @ts-expect-error misspelt
new lrScheduler.MultiStepLR(rmsprop, [3], { gammas: 1 });
// @ts-expect-error gamma is missing
new lrScheduler.ExponentialLR(rmsprop, {});
// @ts-expect-error not a number
new lrScheduler.ExponentialLR(rmsprop, "0.9");
// @ts-expect-error misspelt
new lrScheduler.ConstantLR(rmsprop, { totalIter: 3 });
// @ts-expect-error not a number
new lrScheduler.ConstantLR(rmsprop, { factor: "1/3" });
// @ts-expect-error misspelt
new lrScheduler.LinearLR(rmsprop, { start: 0.1 });
// @ts-expect-error not a number
new lrScheduler.LinearLR(rmsprop, { endFactor: null });
new lrScheduler.CosineAnnealingLR(rmsprop, { tMax: 10, etaMin: 0 });
// @ts-expect-error PyTorch's name
new lrScheduler.CosineAnnealingLR(rmsprop, { T_max: 10 });
// @ts-expect-error not a number
new lrScheduler.CosineAnnealingLR(rmsprop, 10, "0");
new lrScheduler.OneCycleLR(rmsprop, 0.1, { totalSteps: 10, annealStrategy: "linear" });
// @ts-expect-error the largest rate is missing
new lrScheduler.OneCycleLR(rmsprop, { totalSteps: 10 });
// @ts-expect-error misspelt
new lrScheduler.OneCycleLR(rmsprop, 0.1, { steps: 10 });
// @ts-expect-error no strategy there is
new lrScheduler.OneCycleLR(rmsprop, 0.1, { totalSteps: 10, annealStrategy: "exp" });
const plateau = new lrScheduler.ReduceLROnPlateau(rmsprop, { mode: "max", patience: 3 });
// @ts-expect-error neither min nor max
new lrScheduler.ReduceLROnPlateau(rmsprop, { mode: "up" });
// @ts-expect-error misspelt
new lrScheduler.ReduceLROnPlateau(rmsprop, { patients: 3 });
plateau.step(0.5);
// @ts-expect-error it needs a measure
plateau.step();
new lrScheduler.SequentialLR(rmsprop, [step, step], [3], { lastEpoch: -1 });
// @ts-expect-error misspelt
new lrScheduler.SequentialLR(rmsprop, [step, step], [3], { last: -1 });
// @ts-expect-error that one needs a measure
new lrScheduler.SequentialLR(rmsprop, [step, plateau], [3]);
expectTypeOf(step.getLastLr()).toExtend<readonly number[]>();
