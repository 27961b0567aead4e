/** @file Conversion to other dtypes and devices, and copies. */
import type { Device, DType, TypedArray } from "../../../kernels/backend.ts";
import { GpuError } from "../../../kernels/gpu/runtime.ts";
import { apply } from "../../autograd/apply.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { backendFor, type DeviceChoice } from "../../core/device.ts";
import { isDType, isFloat } from "../../core/dtype.ts";
import { DeviceError, ShapeError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import {
  aBoolean,
  aDeviceChoice,
  aDType,
  aMemoryFormat,
  aTensor,
  either,
  type MemoryFormat,
} from "../../core/kinds.ts";
import { ops } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { unary } from "./arguments.ts";

/** Options of `to`. */
export interface ToOptions {
  /** The device. Default: that of the tensor. */
  readonly device?: DeviceChoice | null | undefined;
  /** The dtype. Default: that of the tensor. */
  readonly dtype?: DType | null | undefined;
  /** If true, a copy is made even if nothing changes. Default false. */
  readonly copy?: boolean | undefined;
  /** Accepted for compatibility with PyTorch; transfers never block here. */
  readonly nonBlocking?: boolean | undefined;
  /** A tensor whose device and dtype are used. */
  readonly other?: Tensor | undefined;
  /** Accepted for programs written for PyTorch: results are row-major. */
  readonly memoryFormat?: MemoryFormat | null | undefined;
}

/** A device, a dtype, or both. */
export type Target =
  | DeviceChoice
  | DType
  | { readonly device?: DeviceChoice | undefined; readonly dtype?: DType | undefined };

export type ToArgs =
  | Args<[target: DeviceChoice | DType | Tensor], [], ToOptions>
  | Args<[device: DeviceChoice, dtype: DType], [nonBlocking: boolean, copy: boolean], ToOptions>
  | Args<[target: DType | Tensor], [nonBlocking: boolean, copy: boolean], ToOptions>;

const TO = signature("to", {
  input: required(aTensor),
  device: optional(either(aDeviceChoice, either(aDType, aTensor), "a device, a dtype or a Tensor"), null),
  dtype: optional(aDType, null),
  nonBlocking: optional(aBoolean, false),
  copy: optional(aBoolean, false),
  other: keyword(aTensor),
  memoryFormat: keyword(aMemoryFormat, null),
});

/**
 * Converts dtype, device or both; the tensor itself if nothing changes. The conversion is recorded: gradients pass back
 * through it.
 *
 * @throws DeviceError for a device that is not available, or one that cannot be read synchronously: see
 * {@link Tensor.cpu}.
 * @example tensor([1.7, -1.7]).to("int32"); // tensor([1, -1])
 */
export function to(x: Tensor, ...args: ToArgs): Tensor {
  if (args.length === 1 && isTensor(x) && isDType(args[0])) return cast(x, args[0]);
  // After a dtype or a tensor comes nonBlocking.
  const [first, ...more] = args as readonly unknown[];
  const given = typeof more[0] === "boolean" ? [x, first, undefined, ...more] : [x, ...args];
  const { input, device: target, dtype: wished, copy, other = null } = TO.read(given);
  const model = isTensor(target) ? target : other;
  const dtype = wished ?? (isDType(target) ? target : (model?.dtype ?? input.dtype));
  const place = isTensor(target) || isDType(target) ? null : target;
  const result = onDevice(cast(input, dtype), place ?? model?.device ?? input.device);
  return copy && result === input ? input.clone() : result;
}

/** Converts the dtype; the tensor itself if it has it already. Integers and bools have no gradient. */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  const params = { from: x.dtype, to: dtype };
  if (!isFloat(dtype) && x.requiresGrad) return noGrad(() => apply(ops.cast, [x], params));
  return apply(ops.cast, [x], params);
}

function onDevice(x: Tensor, choice: DeviceChoice): Tensor {
  if (choice === x.device) return x;
  const { device } = backendFor(choice);
  return device === x.device ? x : transferTo(x, device);
}

function transferTo(x: Tensor, device: Device): Tensor {
  try {
    return apply(ops.transfer, [x], { from: x.device, to: device });
  } catch (error) {
    if (!(error instanceof DeviceError && error.cause instanceof GpuError) || device !== "cpu") throw error;
    throw new DeviceError(
      `${error.message}. Use \`await tensor.cpu()\` instead, and give gradients to tensors that are on the "${x.device}" themselves.`,
      { cause: error },
    );
  }
}

/** Copies a tensor of another device to the CPU, with `elements` as read from that device. */
export function toCpu(x: Tensor, elements: TypedArray): Tensor {
  backendFor("cpu");
  return apply(ops.transfer, [x], { from: x.device, to: "cpu", host: elements });
}

/**
 * Converts to float32; the tensor itself if it is float32.
 *
 * @example tensor([1, 2]).int().float(); // tensor([1., 2.])
 */
export const float = unary("float", (x) => cast(x, "float32"));

/**
 * Converts to float64; the tensor itself if it is float64.
 *
 * @example tensor([1, 2]).double().dtype; // float64
 */
export const double = unary("double", (x) => cast(x, "float64"));

/**
 * Converts to int32, which stands for PyTorch's int64: there is no int64.
 *
 * @example tensor([1.9]).long(); // tensor([1])
 */
export const long = unary("long", (x) => cast(x, "int32"));

/**
 * Converts to int32, which holds all numbers of PyTorch's int16: there is no int16.
 *
 * @example tensor([1.9]).short(); // tensor([1])
 */
export const short = unary("short", (x) => cast(x, "int32"));

/**
 * Converts to uint8; fractions are truncated, and 256 wraps to 0.
 *
 * @example tensor([1.9]).byte(); // tensor([1], dtype=torch.uint8)
 */
export const byte = unary("byte", (x) => cast(x, "uint8"));

const TYPE_AS = signature("typeAs", { input: required(aTensor), other: required(aTensor) });

/**
 * Converts to the dtype of another tensor.
 *
 * @example tensor([1.9]).typeAs(tensor([true])); // tensor([True])
 */
export function typeAs(x: Tensor, ...args: Args<[other: Tensor], [], { readonly other: Tensor }>): Tensor {
  const { input, other } = TYPE_AS.read([x, ...args]);
  return cast(input, other.dtype);
}

/**
 * Converts to int32; fractions are truncated.
 *
 * @example tensor([-1.9]).int(); // tensor([-1])
 */
export const int = unary("int", (x) => cast(x, "int32"));

/**
 * Converts to bool: true where an element is not 0.
 *
 * @example tensor([0, 3]).bool(); // tensor([False, True])
 */
export const bool = unary("bool", (x) => cast(x, "bool"));

/**
 * A copy with its own memory. Gradients pass back to the input.
 *
 * @example clone(tensor([1, 2])); // tensor([1., 2.])
 */
export const clone = unary("clone", (x) => apply(ops.clone, [x], null));

/**
 * The tensor itself if it is contiguous, else a contiguous copy.
 *
 * @example tensor([[1, 2], [3, 4]]).t().contiguous().stride(); // [2, 1]
 */
export const contiguous = unary("contiguous", (x) => (x.isContiguous() ? x : apply(ops.clone, [x], null)));

/**
 * A view that is detached from the graph: it shares memory, but no gradient passes through it.
 *
 * @example
 * ```ts
 * const x = tensor([1, 2], { requiresGrad: true });
 * detach(x.mul(2)).requiresGrad; // false
 * ```
 */
export const detach = unary("detach", (x) => x.detach());

const NUMEL = signature("numel", { input: required(aTensor) });

/**
 * Number of elements: the product of the shape.
 *
 * @example numel(ones(2, 3)); // 6
 */
export function numel(x: Tensor, ...more: []): number {
  return NUMEL.read([x, ...more]).input.numel();
}

const IS_FLOATING_POINT = signature("isFloatingPoint", { input: required(aTensor) });

/**
 * True if the dtype is float32 or float64.
 *
 * @example isFloatingPoint(tensor([1])); // true
 */
export function isFloatingPoint(x: Tensor, ...more: []): boolean {
  return isFloat(IS_FLOATING_POINT.read([x, ...more]).input.dtype);
}

const IS_COMPLEX = signature("isComplex", { input: required(aTensor) });

/**
 * True if the dtype is a complex one: always false, as there is none.
 *
 * @example isComplex(tensor([1])); // false
 */
export function isComplex(x: Tensor, ...more: []): boolean {
  return IS_COMPLEX.read([x, ...more]).input.isComplex();
}

const IS_NONZERO = signature("isNonzero", { input: required(aTensor) });

/**
 * True if the only element is not 0.
 *
 * @throws ShapeError if there is not exactly one element.
 * @example isNonzero(tensor([0.5])); // true
 */
export function isNonzero(x: Tensor, ...more: []): boolean {
  const { input } = IS_NONZERO.read([x, ...more]);
  if (input.numel() !== 1) {
    throw new ShapeError(
      `[isNonzero] Boolean value of Tensor with ${input.numel() === 0 ? "no values" : "more than one value"} is ambiguous`,
    );
  }
  return Number(input.itemSync()) !== 0;
}
