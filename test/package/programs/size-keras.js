/** @file A program of Keras's: what it carries is measured. */
import * as keras from "tapegrad/keras";

console.log(String(new keras.Sequential([keras.layers.Dense(1, { inputShape: [2] })]).module));
