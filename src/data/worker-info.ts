/** @file Worker processes of a data loader: there are none here. */

/**
 * What PyTorch tells a data set about the worker process that it runs in. Data sets are read in the process of the program
 * here, so this is always null, as in PyTorch's main process.
 *
 * @example data.getWorkerInfo(); // null
 */
export function getWorkerInfo(): null {
  return null;
}
