/** @file From device to device. */
import { type Device, findBackend, type NDArray, type TypedArray } from "../../../kernels/backend.ts";
import { dense, sizeOf, withContiguous } from "../../../kernels/layout.ts";
import { defineOp } from "../../autograd/op.ts";
import { DeviceError } from "../../core/errors.ts";

export interface TransferParams {
  readonly from: Device;
  readonly to: Device;
  /** The elements, where they had to be waited for. */
  readonly host?: TypedArray;
}

/** A copy on another device; the gradient comes back. */
export const transfer = defineOp<[NDArray], TransferParams>({
  name: "to",
  gradName: "ToCopyBackward0",
  forward(k, [x], { to, host }) {
    const target = findBackend(to);
    if (target === undefined) throw new DeviceError(`[to] device "${to}" is not available`);
    const elements = host ?? withContiguous(k, x, (s) => k.readSync(s.storage, s.offset, sizeOf(s.shape)));
    return dense(target.upload(x.dtype, elements), x.shape);
  },
  backward: (grad, ctx) => [grad.to(ctx.params.from)],
});
