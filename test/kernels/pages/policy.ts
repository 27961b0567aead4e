/** @file For a page: what the CPU does there. */
import { type DeviceInfo, deviceInfo, nn, ones } from "../../../src/entry/index.ts";

export interface Found {
  readonly info: DeviceInfo;
  readonly sum: number;
  readonly loss: number;
}

export default async function run(): Promise<Found> {
  const loss = nn.functional.mseLoss(ones(20, 30).matmul(ones(30, 10)).requiresGrad_(), ones(20, 10));
  loss.backward();
  return { info: deviceInfo(), sum: await ones(400, 400).matmul(ones(400, 400)).sum().item(), loss: await loss.item() };
}
