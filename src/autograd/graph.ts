/** @file What the namespace `autograd.graph` holds. */
export { type SavedTensorsHooks, savedTensorsHooks } from "./saved-tensors-hooks.ts";
