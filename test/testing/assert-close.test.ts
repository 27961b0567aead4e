/** @file torch.testing.assert_close: what is close, and PyTorch's texts of what is not. */
import { expect, test } from "vitest";
import { ones, TapegradError, tensor, testing, ValueError, zeros } from "../../src/entry/index.ts";

const { assertClose } = testing;

test("takes what is close: tensors, numbers, and what is made of them", () => {
  assertClose(tensor([1, 2]), tensor([1, 2.000001]));
  assertClose({ a: [ones(2), 1, null], b: true }, { a: [ones(2), 1, null], b: true });
  assertClose(ones(2), ones(2).mul(1.01), { rtol: 0.1, atol: 0 });
  assertClose(tensor([Number.NaN]), tensor([Number.NaN]), { equalNan: true });
  assertClose(tensor([1, Infinity]), tensor([1, Infinity]));
  assertClose(ones(2).int(), ones(2), { checkDtype: false });
});

test.each<[string, () => void]>([
  [
    "Tensor-likes are not close!\n\nMismatched elements: 1 / 3 (33.3%)",
    () => assertClose(tensor([1, 2, 3]), tensor([1, 2, 4])),
  ],
  [
    "Greatest absolute difference: 1 at index (2,) (up to 0.00001 allowed)",
    () => assertClose(tensor([1, 2, 3]), tensor([1, 2, 4])),
  ],
  ["Tensor-likes are not equal!", () => assertClose(tensor([true]), tensor([false]))],
  ["Scalars are not close!", () => assertClose(1, 1.1)],
  ["The values for attribute 'shape' do not match: [2] != [3].", () => assertClose(ones(2), ones(3))],
  ["The values for attribute 'dtype' do not match: float32 != float64.", () => assertClose(ones(2), ones(2).double())],
  ["\n\nThe failure occurred for item [1]", () => assertClose([ones(2), ones(2)], [ones(2), zeros(2)])],
  ["\n\nThe failure occurred for item ['a'][0]", () => assertClose({ a: [ones(1)] }, { a: [zeros(1)] })],
  [
    "The keys of the mappings do not match:\nMissing keys in the actual mapping: b",
    () => assertClose({ a: 1 }, { b: 1 }),
  ],
  ["The length of the sequences mismatch: 1 != 2", () => assertClose([1], [1, 2])],
  ["[assertClose] hello", () => assertClose(1, 2, { msg: "hello" })],
  ["[assertClose] so: Scalars", () => assertClose(1, 2, { msg: (text) => `so: ${text}` })],
])("says %j", (text, call) => {
  expect(call).toThrow(TapegradError);
  expect(call).toThrow(text);
});

test("refuses one tolerance alone, and values that cannot be compared", () => {
  expect(() => assertClose(1, 2, { rtol: 0.1 })).toThrow(ValueError);
  expect(() => assertClose(1, 2, { atol: 0.1 })).toThrow("but got no rtol.");
  expect(() => assertClose(ones(2), 1)).toThrow("No comparison pair was able to handle");
  expect(() => assertClose("a", "a")).toThrow(ValueError);
});
