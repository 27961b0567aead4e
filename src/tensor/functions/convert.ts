/** @file Other dtypes, other devices and copies. */
import type { Device, DType, TypedArray } from "../../../kernels/backend.ts";
import { GpuError } from "../../../kernels/gpu/runtime.ts";
import { apply } from "../../autograd/apply.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { backendFor, type DeviceChoice } from "../../core/device.ts";
import { isDType, isFloat } from "../../core/dtype.ts";
import { DeviceError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, aDeviceChoice, aDType, aTensor, either } from "../../core/kinds.ts";
import { ops } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { unary } from "./arguments.ts";

export interface ToOptions {
  readonly device?: DeviceChoice | null | undefined;
  readonly dtype?: DType | null | undefined;
  /** A copy even where nothing changes. Default false. */
  readonly copy?: boolean | undefined;
  /** Taken for PyTorch's sake: copies between devices never wait here. */
  readonly nonBlocking?: boolean | undefined;
  /** Device and dtype of this tensor. */
  readonly other?: Tensor | undefined;
}

/** A device, a dtype, or both. */
export type Target =
  | DeviceChoice
  | DType
  | { readonly device?: DeviceChoice | undefined; readonly dtype?: DType | undefined };

export type ToArgs =
  | Args<[target: DeviceChoice | DType | Tensor], [], ToOptions>
  | Args<[device: DeviceChoice, dtype: DType], [], ToOptions>;

const TO = signature("to", {
  input: required(aTensor),
  device: optional(either(aDeviceChoice, either(aDType, aTensor), "a device, a dtype or a Tensor"), null),
  dtype: optional(aDType, null),
  nonBlocking: optional(aBoolean, false),
  copy: optional(aBoolean, false),
  other: keyword(aTensor),
});

/** Another device or dtype. A copy is recorded, so gradients find the way back. */
export function to(x: Tensor, ...args: ToArgs): Tensor {
  if (args.length === 1 && isTensor(x) && isDType(args[0])) return cast(x, args[0]);
  const { input, device: target, dtype: wished, copy, other = null } = TO.read([x, ...args]);
  const model = isTensor(target) ? target : other;
  const dtype = wished ?? (isDType(target) ? target : (model?.dtype ?? input.dtype));
  const place = isTensor(target) || isDType(target) ? null : target;
  const result = onDevice(cast(input, dtype), place ?? model?.device ?? input.device);
  return copy && result === input ? input.clone() : result;
}

/** The same elements in another dtype; itself if it has it already. Integers and bools have no gradient. */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  const params = { from: x.dtype, to: dtype };
  if (!isFloat(dtype) && x.requiresGrad) return noGrad(() => apply(ops.cast, [x], params));
  return apply(ops.cast, [x], params);
}

function onDevice(x: Tensor, choice: DeviceChoice): Tensor {
  if (choice === x.device) return x;
  const { device } = backendFor(choice);
  return device === x.device ? x : moved(x, device);
}

function moved(x: Tensor, device: Device): Tensor {
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

/** A tensor of another device on the CPU; `elements` are those that were read there. */
export function toCpu(x: Tensor, elements: TypedArray): Tensor {
  backendFor("cpu");
  return apply(ops.transfer, [x], { from: x.device, to: "cpu", host: elements });
}

/** As float32. */
export const float = unary("float", (x) => cast(x, "float32"));

/** As float64. */
export const double = unary("double", (x) => cast(x, "float64"));

/** As int32, which stands for PyTorch's int64 here. */
export const long = unary("long", (x) => cast(x, "int32"));

/** As int32. */
export const int = unary("int", (x) => cast(x, "int32"));

/** Whether elements are not 0. */
export const bool = unary("bool", (x) => cast(x, "bool"));

/** A copy with memory of its own. */
export const clone = unary("clone", (x) => apply(ops.clone, [x], null));

/** The tensor if it is contiguous, else a contiguous copy. */
export const contiguous = unary("contiguous", (x) => (x.isContiguous() ? x : apply(ops.clone, [x], null)));

/** The same numbers, cut off from the tape; shares memory. */
export const detach = unary("detach", (x) => x.detach());

/** Number of elements. */
const NUMEL = signature("numel", { input: required(aTensor) });

export function numel(x: Tensor, ...more: []): number {
  return NUMEL.read([x, ...more]).input.numel();
}

const IS_FLOATING_POINT = signature("isFloatingPoint", { input: required(aTensor) });

/** Whether the dtype is float32 or float64. */
export function isFloatingPoint(x: Tensor, ...more: []): boolean {
  return isFloat(IS_FLOATING_POINT.read([x, ...more]).input.dtype);
}
