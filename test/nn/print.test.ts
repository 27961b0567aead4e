/** @file `String(module)` of real modules against PyTorch's. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { zeros } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import { type ModuleSpec, printGolden } from "../golden/print.ts";

type Constructor = new (...args: unknown[]) => nn.AnyModule;

/** Layers that make their own children, if they have any. */
const LAYERS: Readonly<Record<string, Constructor>> = Object.fromEntries(
  Object.entries(nn).filter(
    ([name, value]) =>
      typeof value === "function" &&
      !["Module", "Parameter", "Sequential", "ModuleList", "ModuleDict", "ParameterList"].includes(name),
  ),
) as never;

const CONTAINERS: readonly string[] = ["Sequential", "ModuleList", "ModuleDict"];

function isKnown(spec: ModuleSpec | null): boolean {
  if (spec === null) return true;
  if (spec.name in LAYERS) return true;
  return (spec.custom || CONTAINERS.includes(spec.name)) && spec.children.every(([, child]) => isKnown(child));
}

function camelCased(kwargs: ModuleSpec["kwargs"]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(kwargs).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      argument(value),
    ]),
  );
}

function argument(value: ModuleSpec["args"][number]): unknown {
  return typeof value === "object" && value !== null && "extraRepr" in value ? build(value) : value;
}

function build(spec: ModuleSpec): nn.AnyModule {
  if (spec.name in LAYERS) {
    const kwargs = Object.keys(spec.kwargs).length > 0 ? [camelCased(spec.kwargs)] : [];
    return new (LAYERS[spec.name] as Constructor)(...spec.args.map(argument), ...kwargs);
  }
  const children = spec.children.map(([key, child]) => [key, child && build(child)] as const);
  if (spec.custom) {
    const classes = {
      [spec.name]: class extends nn.Module<never> {
        forward(): never {
          throw new Error("not needed");
        }
        override extraRepr(): string {
          return spec.extraRepr;
        }
      },
    };
    const module = new (classes[spec.name] as new () => nn.AnyModule)();
    for (const [key, child] of children) module.addModule(key, child);
    return module;
  }
  if (spec.name === "ModuleList") return new nn.ModuleList(children.map(([, child]) => child as nn.Layer));
  if (spec.name === "ModuleDict") return new nn.ModuleDict(children as [string, nn.Layer][]);
  const numbered = children.every(([key], i) => key === String(i));
  if (numbered) return new nn.Sequential(...children.map(([, child]) => child as nn.Layer));
  return new nn.Sequential(Object.fromEntries(children) as Record<string, nn.Layer>);
}

const cases = printGolden.modules.filter(({ module }) => isKnown(module));

describe("prints as PyTorch does", () => {
  test.each(cases)("$name", ({ module, expected }) => {
    const built = build(module);
    expect(String(built)).toBe(expected);
    expect(inspect(built)).toBe(expected);
  });

  test("most of the goldens are modules that exist", () => {
    expect(cases.length).toBeGreaterThanOrEqual(35);
  });

  test("Unflatten", () => {
    expect(String(new nn.Unflatten(1, [2, 3]))).toBe("Unflatten(dim=1, unflattened_size=(2, 3))");
  });

  test("ParameterList", () => {
    const list = new nn.ParameterList([zeros(2, 3), zeros([]), zeros(0, { dtype: "float64" })]);
    expect(String(list)).toBe(
      "ParameterList(\n" +
        "    (0): Parameter containing: [torch.float32 of size 2x3]\n" +
        "    (1): Parameter containing: [torch.float32 of size ]\n" +
        "    (2): Parameter containing: [torch.float64 of size 0]\n" +
        ")",
    );
    expect(String(new nn.ParameterList())).toBe("ParameterList()");
    expect(String(new nn.ParameterList([zeros(2)]))).toBe(
      "ParameterList(  (0): Parameter containing: [torch.float32 of size 2])",
    );
  });

  test("Softmax without a dimension", () => {
    expect(String(new nn.Softmax())).toBe("Softmax(dim=None)");
  });
});
