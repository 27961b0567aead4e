/** @file What examples and pages may import, and what examples use without an import. */
import * as tapegrad from "tapegrad";
import * as autograd from "tapegrad/autograd";
import * as data from "tapegrad/data";
import * as distributed from "tapegrad/distributed";
import * as io from "tapegrad/io";
import * as keras from "tapegrad/keras";
import * as nn from "tapegrad/nn";
import * as optim from "tapegrad/optim";
import * as plot from "tapegrad/plot";
import * as profiler from "tapegrad/profiler";
import * as tensorboard from "tapegrad/tensorboard";
import * as testing from "tapegrad/testing";
import { expect, test } from "vitest";

/** The modules by name, and the scope of an example. */
export const modules = {
  tapegrad,
  "tapegrad/nn": nn,
  "tapegrad/optim": optim,
  "tapegrad/data": data,
  "tapegrad/autograd": autograd,
  "tapegrad/io": io,
  "tapegrad/keras": keras,
  "tapegrad/plot": plot,
  "tapegrad/profiler": profiler,
  "tapegrad/tensorboard": tensorboard,
  "tapegrad/distributed": distributed,
  "tapegrad/testing": testing,
  vitest: { expect, test },
  scope: { ...io, ...data, ...distributed, ...tapegrad, keras, expect },
};
