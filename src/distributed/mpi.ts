/** @file The transport between ranks: MPI's collectives on the memory of arrays. */
import type { TypedArray } from "../../kernels/backend.ts";
import { type Abi, elementOf, operationOf } from "./abi.ts";
import type { Collective, Request, Transport } from "./collective.ts";
import { DistributedError } from "./errors.ts";
import type { MpiLibrary } from "./library.ts";

/** MPI_THREAD_FUNNELED: threads of the kernels run beside, and only the main one calls MPI. */
const THREAD_FUNNELED = 1;
const MAX_ERROR_STRING = 512;

type Native = (...values: readonly number[]) => number;

/** The C names of the collectives, without `MPI_` and the `I` of the non-blocking form, and koffi's types of their arguments. */
function declarationsOf(h: string): Readonly<Record<Collective["name"], readonly [name: string, types: string[]]>> {
  const p = "intptr";
  return {
    allReduce: ["allreduce", [p, p, "int", h, h, h]],
    reduce: ["reduce", [p, p, "int", h, h, "int", h]],
    broadcast: ["bcast", [p, "int", h, "int", h]],
    allGather: ["allgather", [p, "int", h, p, "int", h, h]],
    gather: ["gather", [p, "int", h, p, "int", h, "int", h]],
    scatter: ["scatter", [p, "int", h, p, "int", h, "int", h]],
    reduceScatter: ["reduce_scatter_block", [p, p, "int", h, h, h]],
    barrier: ["barrier", [h]],
  };
}

/** All ranks of the job, through MPI. Making it initializes MPI. */
export class MpiTransport implements Transport {
  readonly rank: number;
  readonly size: number;
  readonly description: string;
  readonly #mpi: MpiLibrary;
  readonly #abi: Abi;
  readonly #comm: number;
  readonly #blocking: Readonly<Record<Collective["name"], Native>>;
  readonly #nonblocking: Readonly<Record<Collective["name"], Native>>;
  readonly #test: Native;
  readonly #wait: Native;
  readonly #finalize: Native;
  readonly #abort: Native;
  readonly #errorString: Native;

  constructor(mpi: MpiLibrary) {
    this.#mpi = mpi;
    const { abi, library } = mpi;
    const h = abi.handle;
    const bind = (name: string, types: readonly string[]): Native => library.func(name, "int", types) as Native;
    this.#abi = abi;
    this.#errorString = bind("MPI_Error_string", ["int", "intptr", "intptr"]);
    this.#finalize = bind("MPI_Finalize", []);
    this.#abort = bind("MPI_Abort", [h, "int"]);
    this.#test = bind("MPI_Test", ["intptr", "intptr", "intptr"]);
    this.#wait = bind("MPI_Wait", ["intptr", "intptr"]);
    const declarations = Object.entries(declarationsOf(h)) as [Collective["name"], readonly [string, string[]]][];
    const capital = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;
    const table = (bound: (name: string, types: string[]) => Native) =>
      Object.fromEntries(declarations.map(([key, [name, types]]) => [key, bound(name, types)])) as Readonly<
        Record<Collective["name"], Native>
      >;
    this.#blocking = table((name, types) => bind(`MPI_${capital(name)}`, types));
    this.#nonblocking = table((name, types) => bind(`MPI_I${name}`, [...types, "intptr"]));

    const out = new Int32Array(1);
    const at = this.#address(out);
    const setHandler = bind("MPI_Comm_set_errhandler", [h, h]);
    this.#check(
      "initProcessGroup",
      bind("MPI_Init_thread", ["intptr", "intptr", "int", "intptr"])(0, 0, THREAD_FUNNELED, at),
    );
    setHandler(abi.commWorld, abi.errorsReturn);
    // A communicator of its own keeps these collectives apart from those of other libraries in the process.
    const comm = abi.newHandle();
    this.#check("initProcessGroup", bind("MPI_Comm_dup", [h, "intptr"])(abi.commWorld, this.#address(comm)));
    this.#comm = Number(comm[0]);
    setHandler(this.#comm, abi.errorsReturn);
    bind("MPI_Comm_rank", [h, "intptr"])(this.#comm, at);
    this.rank = out[0] as number;
    bind("MPI_Comm_size", [h, "intptr"])(this.#comm, at);
    this.size = out[0] as number;
    this.description = `${mpi.version} (${mpi.name})`;
  }

  get family(): Abi["family"] {
    return this.#abi.family;
  }

  run(collective: Collective): void {
    this.#check(collective.name, this.#blocking[collective.name](...this.#arguments(collective)));
  }

  start(collective: Collective): Request {
    const { name } = collective;
    const handle = this.#abi.newHandle();
    const flag = new Int32Array(1);
    const [request, done] = [this.#address(handle), this.#address(flag)];
    this.#check(name, this.#nonblocking[name](...this.#arguments(collective), request));
    let complete = false;
    // The request keeps the collective, and with it the arrays, alive while MPI writes to them.
    let owner: Collective | null = collective;
    const finish = (): void => {
      complete = true;
      owner = null;
    };
    return {
      test: () => {
        if (complete) return true;
        this.#check(owner?.name ?? name, this.#test(request, done, this.#abi.statusIgnore));
        if (flag[0] !== 0) finish();
        return complete;
      },
      wait: () => {
        if (complete) return;
        this.#check(name, this.#wait(this.#address(handle), this.#abi.statusIgnore));
        finish();
      },
    };
  }

  finalize(): void {
    this.#finalize();
  }

  abort(code: number): void {
    this.#abort(this.#abi.commWorld, code);
  }

  #arguments(collective: Collective): number[] {
    const abi = this.#abi;
    const comm = this.#comm;
    switch (collective.name) {
      case "allReduce": {
        const { data, op, bool } = collective;
        const operation = operationOf(abi, op, bool);
        return [abi.inPlace, this.#address(data), data.length, elementOf(abi, data), operation, comm];
      }
      case "reduce": {
        const { data, scratch, op, bool, root } = collective;
        const [send, receive] = this.rank === root ? [scratch, data] : [data, scratch];
        const [from, to] = [this.#address(send), this.#address(receive)];
        return [from, to, data.length, elementOf(abi, data), operationOf(abi, op, bool), root, comm];
      }
      case "broadcast": {
        const { data, root } = collective;
        return [this.#address(data), data.length, elementOf(abi, data), root, comm];
      }
      case "allGather":
        return [...this.#exchange(collective.send, collective.receive, collective.send.length), comm];
      case "gather":
        return [...this.#exchange(collective.send, collective.receive, collective.send.length), collective.root, comm];
      case "scatter":
        return [
          ...this.#exchange(collective.send, collective.receive, collective.receive.length),
          collective.root,
          comm,
        ];
      case "reduceScatter": {
        const { send, receive, op, bool } = collective;
        const operation = operationOf(abi, op, bool);
        return [this.#address(send), this.#address(receive), receive.length, elementOf(abi, send), operation, comm];
      }
      case "barrier":
        return [comm];
    }
  }

  #exchange(send: TypedArray, receive: TypedArray, count: number): number[] {
    const element = elementOf(this.#abi, send);
    return [this.#address(send), count, element, this.#address(receive), count, element];
  }

  #address(view: ArrayBufferView): number {
    return view.byteLength === 0 ? 0 : Number(this.#mpi.koffi.address(view));
  }

  #check(name: string, code: number): void {
    if (code === 0) return;
    const text = new Uint8Array(MAX_ERROR_STRING);
    const length = new Int32Array(1);
    this.#errorString(code, this.#address(text), this.#address(length));
    const said = new TextDecoder().decode(text.subarray(0, length[0]));
    throw new DistributedError(`[${name}] MPI reports an error: ${said || `code ${code}`}`);
  }
}
