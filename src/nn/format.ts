/** @file The printed form of a module. */

/**
 * A module as PyTorch prints it: `Name(…)`, with `extraRepr` and one line `(key): module` for each child.
 *
 * @param extraRepr - the module's own arguments, such as `in_features=2, out_features=3, bias=True`; may have several
 * lines
 * @param children - keys and printed forms of the children in order of registration; a child that is null is `"None"`
 */
export function formatModule(
  name: string,
  extraRepr: string,
  children: readonly (readonly [key: string, text: string])[],
): string {
  const own = extraRepr === "" ? [] : extraRepr.split("\n");
  if (children.length === 0 && own.length <= 1) return `${name}(${extraRepr})`;
  const lines = [...own, ...children.map(([key, text]) => `(${key}): ${text.replaceAll("\n", "\n  ")}`)];
  return `${name}(\n  ${lines.join("\n  ")}\n)`;
}
