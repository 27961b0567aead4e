/** @file The namespace `amp`: mixed precision, which programs can leave switched off. */
export { type AutocastOptions, autocast } from "../autograd/autocast.ts";
export { GradScaler, type GradScalerOptions } from "./grad-scaler.ts";
