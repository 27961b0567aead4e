/** @file A line of text that changes in place: on a terminal. Elsewhere lines are printed, in browsers on the console. */
import { hostProcess } from "./builtin.ts";

/** What the line is drawn on, such as `process.stdout`. Named by what it does, so that no types of Node are needed. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** A changing line. */
export interface Terminal {
  /** Whether {@link draw} shows anything. */
  readonly isLive: boolean;
  /** Replaces the line. It gets the number of characters that fit. */
  draw(format: (columns: number) => string): void;
  /** Replaces the line, whatever its length, and ends it. */
  end(text: string): void;
  /** Prints a line of its own. */
  print(text: string): void;
  /** Ends a line that was drawn. */
  close(): void;
}

/** Columns of a terminal that does not tell. */
const DEFAULT_COLUMNS = 80;

/** The standard output, as a place for a changing line. */
export function openTerminal(stream: TextStream | undefined = standardOutput()): Terminal {
  if (stream === undefined) return onConsole;
  return stream.isTTY === true ? new LiveTerminal(stream) : new PlainOutput(stream);
}

function standardOutput(): TextStream | undefined {
  try {
    return hostProcess?.stdout;
  } catch {
    // The getter opens the stream, which fails where it was closed.
    return undefined;
  }
}

const onConsole: Terminal = {
  isLive: false,
  draw() {},
  end: (text) => console.log(text),
  print: (text) => console.log(text),
  close() {},
};

class PlainOutput implements Terminal {
  readonly isLive: boolean = false;
  protected readonly stream: TextStream;

  constructor(stream: TextStream) {
    this.stream = stream;
  }
  draw(_format: (columns: number) => string): void {}
  end(text: string): void {
    this.print(text);
  }
  print(text: string): void {
    this.stream.write(`${text}\n`);
  }
  close(): void {}
}

class LiveTerminal extends PlainOutput {
  override readonly isLive = true;
  /** Length of the line that stands there, and the columns it was drawn for. */
  #length = 0;

  override draw(format: (columns: number) => string): void {
    // The last column stays free: some terminals go to the next line as soon as it is written.
    const text = format(this.#columns - 1);
    this.stream.write(`${this.#back()}${text}\x1b[J`);
    this.#length = text.length;
  }
  override end(text: string): void {
    this.stream.write(`${this.#back()}${text}\x1b[J\n`);
    this.#length = 0;
  }
  override close(): void {
    if (this.#length > 0) this.stream.write("\n");
    this.#length = 0;
  }
  get #columns(): number {
    const { columns } = this.stream;
    return columns !== undefined && columns > 0 ? columns : DEFAULT_COLUMNS;
  }
  /** To the start of the line, which a narrower window has wrapped. */
  #back(): string {
    const wrapped = Math.max(0, Math.ceil(this.#length / this.#columns) - 1);
    return wrapped === 0 ? "\r" : `\r\x1b[${wrapped}A`;
  }
}
