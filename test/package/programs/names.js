/** @file Printed models and errors, which show the names of classes, also after a minifier renamed those. */
import { nn, ones, optim } from "tapegrad";

class Net extends nn.Module {
  static name = "Net";
  fc = new nn.Linear(2, 3);
  rest = new nn.Sequential({ norm: new nn.LayerNorm(3), act: new nn.ReLU() });
  forward(x) {
    return this.rest.forward(this.fc.forward(x));
  }
}

const net = new Net();
const lines = [String(net), String(new optim.AdamW(net.parameters())).split("\n")[0]];
for (const wrong of [() => new nn.Sequential(3), () => new optim.SGD([]), () => ones(2).add(ones(3))]) {
  try {
    wrong();
  } catch (error) {
    lines.push(`${error.constructor.name} ${error.name} ${error.message}`);
  }
}
process.stdout.write(`${lines.join("\n")}\n`);
