/** @file PyTorch's names of tensor types: `x.type("torch.LongTensor")`. */
import type { DType } from "../../../kernels/backend.ts";
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { isDType } from "../../core/dtype.ts";
import { DTypeError } from "../../core/errors.ts";
import { aBoolean, aString, aTensor, either, type Kind, kind, nullable } from "../../core/kinds.ts";
import type { Tensor } from "../tensor.ts";
import { cast } from "./convert.ts";

/** What PyTorch calls tensors of a dtype; int32 stands for its int64. */
const NAMES: Readonly<Record<DType, string>> = {
  float32: "torch.FloatTensor",
  float64: "torch.DoubleTensor",
  int32: "torch.LongTensor",
  uint8: "torch.ByteTensor",
  bool: "torch.BoolTensor",
};

/** Further names that are read. */
const OTHERS: Readonly<Record<string, DType>> = { "torch.IntTensor": "int32", "torch.ShortTensor": "int32" };

/** The arguments of {@link Tensor.type} by name. */
export interface TypeOptions {
  /** A dtype, PyTorch's name of a tensor type, or such a type: {@link LongTensor}. Default null: the name is asked for. */
  readonly dtype?: string | TypeWithDType | null | undefined;
  /** Accepted for compatibility with PyTorch; transfers never block here. */
  readonly nonBlocking?: boolean | undefined;
}

/** A type of tensors, such as `LongTensor`. */
export interface TypeWithDType {
  /** The dtype of its tensors. */
  readonly dtype: DType;
}

export type TypeArgs = Args<[dtype: string | TypeWithDType], [nonBlocking: boolean], TypeOptions>;

const aType: Kind<TypeWithDType> = kind(
  "a type of tensors",
  (value) => typeof value === "function" && isDType(Reflect.get(value, "dtype")),
);

const TYPE = signature("type", {
  input: required(aTensor),
  dtype: optional(nullable(either(aString, aType, "a dtype, or the name of a type of tensors")), null),
  nonBlocking: optional(aBoolean, false),
});

function dtypeNamed(name: string): DType {
  if (isDType(name)) return name;
  const found = Object.entries(NAMES).find(([, known]) => known === name);
  const dtype = (found?.[0] as DType | undefined) ?? OTHERS[name];
  if (dtype !== undefined) return dtype;
  throw new DTypeError(
    `[type] invalid type: ${JSON.stringify(name)}. Expected a dtype, or one of ${Object.values(NAMES).join(", ")}.`,
  );
}

/** The name of a tensor's type, or the tensor in another dtype. */
export function type(x: Tensor, ...args: readonly unknown[]): Tensor | string {
  const { input, dtype } = TYPE.read([x, ...args]);
  if (dtype === null) return NAMES[input.dtype];
  return cast(input, typeof dtype === "string" ? dtypeNamed(dtype) : dtype.dtype);
}
