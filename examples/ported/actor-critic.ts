/**
 * @file An actor and a critic learn to balance a pole on a cart: the environment is a few lines of physics. The actor's
 * actions come from a categorical distribution; their log probabilities are weighed by how much better the return was than
 * the critic had foretold.
 *
 *   npm run ported actor-critic
 */
import { manualSeed, nn, optim, rand, stack, type Tensor, tensor } from "tapegrad";
import { Categorical } from "tapegrad/distributions";

const { relu, smoothL1Loss } = nn.functional;
const [GAMMA, EPISODES, LONGEST] = [0.99, 100, 200];

/** A pole on a cart, as in OpenAI's Gym: position, velocity, angle and angular velocity. */
class CartPole {
  #state = [0, 0, 0, 0];

  reset(): Tensor {
    this.#state = rand(4).mul(0.1).sub(0.05).toArraySync<number[]>();
    return tensor(this.#state);
  }
  /** Pushes to the left (0) or to the right (1) for 20 ms. */
  step(action: number): { state: Tensor; done: boolean } {
    const [x, v, angle, spin] = this.#state as [number, number, number, number];
    const force = action === 1 ? 10 : -10;
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    const push = (force + 0.05 * spin * spin * sin) / 1.1;
    const turn = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - (0.1 * cos * cos) / 1.1));
    const acceleration = push - (0.05 * turn * cos) / 1.1;
    this.#state = [x + 0.02 * v, v + 0.02 * acceleration, angle + 0.02 * spin, spin + 0.02 * turn];
    const done = Math.abs(x + 0.02 * v) > 2.4 || Math.abs(angle + 0.02 * spin) > 0.2095;
    return { state: tensor(this.#state), done };
  }
}

class Policy extends nn.Module {
  affine = new nn.Linear(4, 64);
  actor = new nn.Linear(64, 2);
  critic = new nn.Linear(64, 1);

  forward(x: Tensor): Tensor {
    return relu(this.affine.forward(x));
  }
}

manualSeed(1);
const environment = new CartPole();
const model = new Policy();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.02, momentum: 0.9 });
let running = 10;

for (let episode = 1; episode <= EPISODES; episode++) {
  let state = environment.reset();
  const logProbs: Tensor[] = [];
  const values: Tensor[] = [];
  const rewards: number[] = [];
  for (let t = 0, done = false; t < LONGEST && !done; t++) {
    const features = model.forward(state);
    const policy = new Categorical({ logits: model.actor.forward(features) });
    const action = policy.sample();
    logProbs.push(policy.logProb(action));
    values.push(model.critic.forward(features).squeeze(-1));
    ({ state, done } = environment.step(action.itemSync()));
    rewards.push(1);
  }
  running = 0.05 * rewards.length + 0.95 * running;

  let ahead = 0;
  const returns = rewards.toReversed().map((reward) => (ahead = reward + GAMMA * ahead));
  let target = tensor(returns.toReversed());
  target = target.sub(target.mean()).div(target.std().add(1e-6));
  const value = stack(values);
  const policyLoss = stack(logProbs).mul(target.sub(value.detach())).sum().neg();
  const valueLoss = smoothL1Loss(value, target, { reduction: "sum" });
  optimizer.zeroGrad();
  const loss = policyLoss.add(valueLoss);
  loss.div(rewards.length).backward();
  optimizer.step();
  if (episode % 10 === 0) {
    console.log(
      `episode ${episode}  steps: ${rewards.length}  average: ${running.toFixed(2)}  loss: ${(await loss.item()).toFixed(4)}`,
    );
  }
}
