/** @file Prints what train.js finds. The GPU must not keep the process alive after that. */
import train from "./train.js";

console.log(JSON.stringify(await train(3)));
