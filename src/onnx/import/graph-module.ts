/** @file The module that an ONNX file becomes: parameters and buffers by their names, and nodes that run in their order. */
import type { DType } from "../../../kernels/backend.ts";
import type { DeviceChoice } from "../../core/device.ts";
import { isFloat } from "../../core/dtype.ts";
import { DataError, DTypeError, ShapeError, TapegradError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { bracketed } from "../../core/shape.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import { fromTypedArray } from "../../tensor/from-host.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { onHost } from "./host-operators.ts";
import { LAYER_OPERATORS } from "./layer-operators.ts";
import type { FileTensor, InputInfo, Node, OnnxModel } from "./model.ts";
import { NodeCall, type Operator } from "./node-call.ts";
import { isSmall, OPERATORS } from "./operators.ts";
import { Value } from "./value.ts";

const ALL: Readonly<Record<string, Operator>> = { ...OPERATORS, ...LAYER_OPERATORS };

/** Nodes that take the statistics of batches as their last inputs. */
const STATISTICS: ReadonlySet<string> = new Set(["BatchNormalization"]);

/** The tensors of a scope, and its parts. */
let heldBy: (scope: Scope<unknown>) => Map<string, Tensor | Part>;

/** A module whose parameters and buffers have the names of a file. */
abstract class Scope<Out> extends Module<Out> {
  // A field that has a name, so that copies of the module have one of their own.
  private readonly heldTensors = new Map<string, Tensor | Part>();

  static {
    heldBy = (scope) => scope.heldTensors;
  }

  protected override *fields(): Iterable<readonly [field: string, value: unknown]> {
    yield* super.fields();
    yield* this.heldTensors;
  }

  protected override assignField(field: string, value: Tensor): void {
    if (this.heldTensors.has(field)) this.heldTensors.set(field, value);
    else super.assignField(field, value);
  }
}

/** Holds a tensor under a name; it is a buffer unless it is a parameter. */
function hold(scope: Scope<unknown>, name: string, value: Tensor): void {
  if (!(value instanceof Parameter)) {
    scope.registerBuffer(name, value);
    Reflect.deleteProperty(scope, name);
  }
  heldBy(scope).set(name, value);
}

/** The part of a name, made if it is not there; null if a tensor has the name. */
function innerPart(scope: Scope<unknown>, name: string): Part | null {
  const found = heldBy(scope).get(name);
  if (found !== undefined) return found instanceof Part ? found : null;
  const part = new Part();
  heldBy(scope).set(name, part);
  return part;
}

/** What the names of a state dictionary have in common, such as `layers` in `layers.0.weight`. */
class Part extends Scope<never> {
  forward(): never {
    throw new DataError("[onnx.load] a part of an imported module has no forward of its own: call that of the whole");
  }
}

/** Where a tensor is held. */
interface Place {
  readonly scope: Scope<unknown>;
  readonly field: string;
}

/**
 * A module made from an ONNX file by {@link load}. `forward` runs the graph, with gradients: it can be trained further.
 *
 * @typeParam Out - What `forward` gives: a tensor, or a list of them where the graph has several outputs.
 * @example
 * const model = await onnx.load(await onnx.toBytes(new nn.Linear(2, 1), ones(1, 2)));
 * model instanceof onnx.OnnxModule; // true
 * model.opsetVersion; // 17
 */
export class OnnxModule<Out = Tensor> extends Scope<Out> {
  /** The names of the inputs, in the order of the arguments of `forward`. */
  readonly inputNames: readonly string[];
  /** The names of the outputs, in the order of the results. */
  readonly outputNames: readonly string[];
  /** Version of the set of operators that the file uses. */
  readonly opsetVersion: number;
  private readonly graphInputs: readonly InputInfo[];
  private readonly graphNodes: readonly Node[];
  private readonly tensorPlaces = new Map<string, Place>();
  /** What is in the file and no state: indices, shapes. */
  private readonly hostConstants = new Map<string, Value>();

  /** @internal */
  constructor(model: OnnxModel, device: DeviceChoice) {
    super();
    checkOperators(model.nodes);
    this.graphInputs = model.inputs;
    this.graphNodes = model.nodes;
    this.inputNames = model.inputs.map(({ name }) => name);
    this.outputNames = model.outputs;
    this.opsetVersion = model.opset;
    const statistics = new Set(
      model.nodes.flatMap(({ opType, inputs }) => (STATISTICS.has(opType) ? inputs.slice(3, 5) : [])),
    );
    for (const each of model.initializers) {
      const isBuffer = statistics.has(each.name) || model.buffers.has(each.name);
      if (isBuffer || isFloat(each.dtype)) this.hold(each, isBuffer, device);
      else this.hostConstants.set(each.name, constantOf(each, device));
    }
    this.eval();
  }

  private hold(file: FileTensor, isBuffer: boolean, device: DeviceChoice): void {
    const tensor = fromTypedArray(file.dtype, file.data, file.shape, device);
    const path = file.name.split(".");
    const field = path.pop() ?? "";
    let scope: Scope<unknown> | null = this;
    for (const part of path) scope = scope === null || part === "" ? null : innerPart(scope, part);
    if (scope === null || field === "" || heldBy(scope).has(field)) {
      throw new DataError(`[onnx.load] the tensor "${file.name}" has a name that is a part of another's`);
    }
    hold(scope, field, isBuffer ? tensor : new Parameter(tensor));
    this.tensorPlaces.set(file.name, { scope, field });
  }

  /**
   * Runs the graph.
   *
   * @throws ShapeError or DTypeError for inputs that the file does not allow; DataError that names the node for what the
   * graph cannot compute.
   */
  forward(...inputs: Tensor[]): Out {
    checkInputs(this.graphInputs, inputs);
    const values = new Map<string, Value>(this.hostConstants);
    for (const [name, { scope, field }] of this.tensorPlaces)
      values.set(name, Value.of(heldBy(scope).get(field) as Tensor));
    for (const [i, { name }] of this.graphInputs.entries()) values.set(name, Value.of(inputs[i] as Tensor));
    for (const node of this.graphNodes) this.run(node, values);
    const results = this.outputNames.map((name) => {
      const value = values.get(name);
      if (value === undefined) throw new DataError(`[onnx.load] no node makes the output "${name}"`);
      return value.tensor;
    });
    return (results.length === 1 ? results[0] : results) as Out;
  }

  private run(node: Node, values: Map<string, Value>): void {
    const inputs = node.inputs.map((name) => {
      const value = values.get(name);
      if (value !== undefined || name === "") return value;
      throw new DataError(`[onnx.load] the node ${node.opType} (${node.name}) takes "${name}", which nothing makes`);
    });
    const call = new NodeCall(node, inputs, this.opsetVersion, this.training);
    let result: ReturnType<Operator>;
    try {
      result = onHost(call) ?? (ALL[node.opType] as Operator)(call);
    } catch (error) {
      if (!(error instanceof TapegradError) || error.message.startsWith("[onnx.load]")) throw error;
      throw new DataError(`[onnx.load] the node ${node.opType} (${node.name}): ${error.message}`, { cause: error });
    }
    const list = Array.isArray(result) ? (result as readonly (Tensor | Value)[]) : [result as Tensor | Value];
    for (const [i, each] of list.entries()) {
      const name = node.outputs[i];
      if (name !== undefined && name !== "") values.set(name, each instanceof Value ? each : Value.of(each));
    }
  }

  override extraRepr(): string {
    return `inputs=(${this.inputNames.join(", ")}), outputs=(${this.outputNames.join(", ")}), nodes=${this.graphNodes.length}`;
  }
}

/** Constants of the file, of which small ones are numbers on the host. */
function constantOf({ dtype, shape, data, wide }: FileTensor, device: DeviceChoice): Value {
  if (isSmall(shape)) return Value.ofNumbers({ shape, dtype, data: wide ?? Array.from(data) }, device);
  return Value.of(fromTypedArray(dtype, data, shape, device));
}

/** @throws DataError that lists all operators that are not known. */
function checkOperators(nodes: readonly Node[]): void {
  const unknown = new Set(nodes.map(({ opType }) => opType).filter((name) => ALL[name] === undefined));
  if (unknown.size === 0) return;
  const list = [...unknown].sort().join(", ");
  throw new DataError(
    `[onnx.load] the model uses ${unknown.size === 1 ? "an operator" : "operators"} that tapegrad does not read: ${list}`,
  );
}

/** @throws ValueError, DTypeError or ShapeError for inputs that the file does not allow. */
function checkInputs(expected: readonly InputInfo[], inputs: readonly Tensor[]): void {
  if (inputs.length !== expected.length) {
    const names = expected.map(({ name }) => name).join(", ");
    throw new ValueError(`[OnnxModule] forward takes ${expected.length} inputs (${names}), but got ${inputs.length}`);
  }
  for (const [i, { name, dtype, shape }] of expected.entries()) checkInput(name, dtype, shape, inputs[i]);
}

function checkInput(name: string, dtype: DType, shape: InputInfo["shape"], input: unknown): void {
  if (!isTensor(input)) throw new ValueError(`[OnnxModule] the input "${name}" must be a Tensor`);
  if (input.dtype !== dtype) {
    throw new DTypeError(
      `[OnnxModule] the input "${name}" must be ${dtype}, but got ${input.dtype}. Convert it with .to("${dtype}").`,
    );
  }
  const fits =
    shape === null ||
    (shape.length === input.ndim && shape.every((size, d) => size === null || size === input.size(d)));
  if (fits) return;
  const wanted = shape.map((size) => size ?? "any").join(", ");
  throw new ShapeError(
    `[OnnxModule] the input "${name}" must have the shape [${wanted}], but got ${bracketed(input.shape)}`,
  );
}
