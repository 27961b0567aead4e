/** @file The coverage table: for every public name what the goldens hold, or why they do not. */
import { type Evidence, gather, keyOf } from "./evidence.ts";
import { KINDS, type Kind, publicNames } from "./names.ts";
import { REASONS, type Reason } from "./reasons.ts";

const COLUMNS = ["forward", "gradient", "gradcheck", "gradgradcheck"] as const;
type Column = (typeof COLUMNS)[number];

interface Row {
  readonly kind: Kind;
  readonly name: string;
  readonly cells: Readonly<Record<Column, string>>;
}

export interface Coverage {
  readonly markdown: string;
  /** Golden calls in all. */
  readonly cases: number;
  /** Names without evidence and without a reason, and reasons that evidence contradicts. */
  readonly problems: readonly string[];
}

const FLOATS = ["float32", "float64"];

/** Why there is no gradient, as far as the goldens tell. */
function gradientless(kind: Kind, found: Evidence): string | null {
  if (kind === "func") return "transforms functions";
  if (kind === "init") return "fills a tensor";
  if (kind === "optimizer") return "changes parameters";
  if (kind === "scheduler") return "changes learning rates";
  if (kind === "utils") return "changes gradients";
  if (found.forward === 0) return null;
  if (!found.takesTensors) return "takes no tensors";
  if (found.dtypes.size === 0) return "gives no tensor";
  const floats = [...found.dtypes].filter((dtype) => FLOATS.includes(dtype));
  if (floats.length === 0)
    return found.dtypes.has("bool") && found.dtypes.size === 1 ? "gives bools" : "gives integers";
  return null;
}

function cellsOf(kind: Kind, found: Evidence | undefined, reason: Reason | undefined): Record<Column, string> | null {
  const yes = (count: number) => `yes (${count})`;
  if (found === undefined || found.forward === 0) {
    if (reason === undefined || reason.column !== undefined) return null;
    const checked = found !== undefined && found.checked > 0 ? yes(found.checked) : "—";
    return { forward: reason.why, gradient: "—", gradcheck: checked, gradgradcheck: checked };
  }
  const forward = yes(found.forward);
  if (found.gradient === 0) {
    const why = gradientless(kind, found) ?? (reason?.column === "gradient" ? reason.why : null);
    return why === null ? null : { forward, gradient: why, gradcheck: "—", gradgradcheck: "—" };
  }
  const gradient = yes(found.gradient);
  if (found.checked > 0) return { forward, gradient, gradcheck: yes(found.checked), gradgradcheck: yes(found.checked) };
  if (reason?.column !== "gradcheck") return null;
  return { forward, gradient, gradcheck: reason.why, gradgradcheck: "—" };
}

/** What makes a reason wrong. */
function contradiction(found: Evidence | undefined, { column }: Reason): boolean {
  if (found === undefined) return false;
  if (column === "gradcheck") return found.checked > 0;
  return column === "gradient" ? found.gradient > 0 : found.forward > 0;
}

function rowsText(rows: readonly Row[]): string {
  const lines = rows.map(({ name, cells }) => `| \`${name}\` | ${COLUMNS.map((c) => cells[c]).join(" | ")} |`);
  return [
    "| name | forward golden | gradient golden | gradcheck | gradgradcheck |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

/** Builds the table and finds what is missing in it. */
export function coverage(): Coverage {
  const ledger = gather();
  const reasons = new Map(REASONS.flatMap((r) => r.names.map((name) => [keyOf(r.kind, name), r] as const)));
  const problems: string[] = [];
  const rows: Row[] = [];
  for (const kind of Object.keys(KINDS) as Kind[]) {
    for (const name of [...publicNames[kind].keys()].sort()) {
      const key = keyOf(kind, name);
      const found = ledger.get(key);
      const reason = reasons.get(key);
      reasons.delete(key);
      if (reason !== undefined && contradiction(found, reason)) {
        problems.push(`${key} has what the reason "${reason.why}" says it lacks`);
      }
      const cells = cellsOf(kind, found, reason);
      if (cells === null) problems.push(`${key} has neither evidence nor a reason: ${describe(found)}`);
      else rows.push({ kind, name, cells });
    }
  }
  for (const key of reasons.keys()) problems.push(`there is a reason for ${key}, which is not public`);

  // A function under two names counts once.
  const own = (key: string) => key.startsWith("tensor:") || !isAlias(key);
  const cases = [...ledger].reduce((total, [key, { forward }]) => total + (own(key) ? forward : 0), 0);
  const full = rows.filter(({ cells }) => COLUMNS.every((c) => cells[c].startsWith("yes"))).length;
  const parts = (Object.keys(KINDS) as Kind[]).map(
    (kind) => `## ${KINDS[kind]}\n\n${rowsText(rows.filter((row) => row.kind === kind))}\n`,
  );
  const markdown = [
    "# Coverage by PyTorch's numbers",
    "",
    "Made by `npm run coverage-table` from the exports, the golden files in `data` and the sample table; do not edit.",
    "A number counts calls: with PyTorch's result (forward), with PyTorch's gradients (gradient), and with first and second",
    "derivatives held against central differences in float64 (gradcheck, gradgradcheck).",
    "",
    `${rows.length} names, ${cases} golden calls; ${full} names have all four.`,
    "",
    ...parts,
  ].join("\n");
  return { markdown, cases, problems };
}

function isAlias(key: string): boolean {
  const name = key.slice(key.indexOf(":") + 1);
  const value = publicNames.functional.get(name);
  return key.startsWith("functional:") && value !== undefined && publicNames.tensor.get(name) === value;
}

function describe(found: Evidence | undefined): string {
  if (found === undefined) return "no golden at all";
  return `${found.forward} forward, ${found.gradient} gradient, ${found.checked} checked`;
}
