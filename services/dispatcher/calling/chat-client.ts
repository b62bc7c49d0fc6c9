import type { Dispatcher } from "undici";
import { oneConnection } from "../../../shared/network/connections.ts";
import { packingOf } from "../../../shared/network/packing.ts";

/** Where a job's calls go, with all that is equal for each of them. */
export interface Endpoint {
  origin: string;
  path: string;
  /** Name, value, name, value ...; the key is among them. */
  headers: string[];
  /** Never shown, whatever the provider repeats of them. */
  secrets: readonly string[];
}

/** What came of a call: an answer with any status, or none. */
export type CallOutcome =
  | { answered: true; status: number; header: (name: string) => string | undefined; body: string }
  | { answered: false; code: string | undefined; message: string };

export interface OpenCall {
  /** Ends it now; `done` is called with that code before this returns. */
  abort(code: string, message: string): void;
}

export interface ChatClient {
  /** Sends one POST; `done` is called exactly once. */
  send(endpoint: Endpoint, body: string, done: (outcome: CallOutcome) => void): OpenCall;
  close(): Promise<void>;
}

/** More than any result could carry: what goes on and on is cut off. */
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Calls over keep-alive connections, one at a time on each; the one that was free last is used first. undici's Pool
 * looks at all connections for each call, and opens more than there are calls. How many calls are open is the caller's
 * affair, and so is how long they may take: looking at all of them now and then costs less than a timer for each.
 */
export function openChatClient(): ChatClient {
  const free = new Map<string, Dispatcher[]>();
  const all = new Set<Dispatcher>();
  const proxied: Dispatcher[] = [];
  const openConnection = (origin: string) => {
    const options = { pipelining: 1, headersTimeout: 0, bodyTimeout: 0, allowH2: false };
    const connection = oneConnection(origin, { ...options, connectTimeout: CONNECT_TIMEOUT_MS }, proxied);
    all.add(connection);
    return connection;
  };
  return {
    send: ({ origin, path, headers }, body, done) => {
      let idle = free.get(origin);
      if (idle === undefined) {
        idle = [];
        free.set(origin, idle);
      }
      const connection = idle.pop() ?? openConnection(origin);
      const call = new ChatCall((outcome) => {
        idle.push(connection);
        done(outcome);
      });
      connection.dispatch({ origin, path, method: "POST", headers, body }, call);
      return call;
    },
    close: async () => {
      await Promise.all([...all].map((connection) => connection.destroy()));
    },
  };
}

class ChatCall implements Dispatcher.DispatchHandler, OpenCall {
  readonly #done: (outcome: CallOutcome) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Record<string, string | string[] | undefined> = {};
  #chunks: Buffer[] = [];
  #bytes = 0;
  #over = false;

  constructor(done: (outcome: CallOutcome) => void) {
    this.#done = done;
  }

  abort(code: string, message: string): void {
    this.#end({ answered: false, code, message });
    this.#controller?.abort(new Error(code));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error("aborted"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > LARGEST_ANSWER_BYTES) this.abort("too_long", "The answer goes on beyond 64 MB");
  }

  onResponseEnd(): void {
    const body = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    const end = (text: string) =>
      this.#end({ answered: true, status: this.#status, header: this.#header, body: text });
    const packing = packingOf(body, this.#header("content-encoding"));
    if (packing === undefined) {
      end(body.toString("utf8"));
      return;
    }
    packing.whole(body, { maxOutputLength: LARGEST_ANSWER_BYTES }, (error, unpacked) => {
      if (error === null) {
        end(unpacked.toString("utf8"));
        return;
      }
      const message = `the answer cannot be unpacked (${error.message})`;
      this.#end({ answered: false, code: "packed", message });
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end({ answered: false, code: (error as NodeJS.ErrnoException).code, message: error.message });
  }

  readonly #header = (name: string): string | undefined => {
    const value = this.#headers[name];
    return Array.isArray(value) ? value[0] : value;
  };

  #end(outcome: CallOutcome): void {
    if (this.#over) return;
    this.#over = true;
    this.#chunks = [];
    this.#done(outcome);
  }
}
