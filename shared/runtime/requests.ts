import type { Msg } from "@nats-io/transport-node";
import type { RequestContract, Token } from "../contracts/contract.ts";
import { EXIT, messageOf, TerminalError } from "../errors.ts";
import type { Broker } from "./broker.ts";
import { isInbox } from "./inbox.ts";
import { log } from "./log.ts";
import { decode, encode, encodeAnswer, isJson } from "./messages.ts";

const ASK_AGAIN_MS = 150;

/** Nobody answers this subject at the moment, or not in time. */
export class NoAnswer extends Error {
  override name = "NoAnswer";
  /** True when the broker knows that nobody listens; false when the time ran out. */
  readonly nobodyListens: boolean;
  constructor(subject: string, nobodyListens: boolean, cause: unknown) {
    super(`${subject}: ${nobodyListens ? "nobody listens" : "no answer in time"}`, { cause });
    this.nobodyListens = nobodyListens;
  }
}

/** Asks and waits for the answer. @throws NoAnswer */
export async function ask<Question, Answer, Address extends Token[]>(
  broker: Broker,
  contract: RequestContract<Question, Answer, Address>,
  address: Address,
  question: Question,
  timeoutMs: number,
): Promise<Answer> {
  const subject = contract.subject(...address);
  const reply = await broker.nc
    .request(subject, encode(question), { timeout: timeoutMs })
    .catch((cause: unknown) => {
      throw new NoAnswer(subject, isUnheard(cause), cause);
    });
  return decode(contract.answer, reply.data);
}

const QUIET_MS = 500;

/**
 * Asks all who listen, each of whom answers for himself.
 * @param timeoutMs how long to wait for the first answer; then it waits until none has come for half a second
 */
export async function askAll<Question, Answer, Address extends Token[]>(
  broker: Broker,
  contract: RequestContract<Question, Answer, Address>,
  address: Address,
  question: Question,
  timeoutMs: number,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const options = { strategy: "stall", stall: QUIET_MS, maxWait: timeoutMs } as const;
  try {
    const replies = await broker.nc.requestMany(contract.subject(...address), encode(question), options);
    for await (const reply of replies) answers.push(decode(contract.answer, reply.data));
  } catch (error) {
    if (!isUnheard(error)) throw error;
  }
  return answers;
}

/** The broker knows that nobody listens. */
function isUnheard(cause: unknown): boolean {
  return /no responders/i.test(`${cause} ${(cause as Error)?.cause}`);
}

/**
 * Asks until somebody answers, and again at once when the connection comes back: questions and answers that were under
 * way when it broke are lost. So it may be asked more than once.
 * @returns undefined when `gaveUp` says that the answer does not matter any more
 */
export async function askUntilAnswered<Question, Answer, Address extends Token[]>(
  broker: Broker,
  contract: RequestContract<Question, Answer, Address>,
  address: Address,
  question: Question,
  options: { timeoutMs: number; gaveUp: () => boolean },
): Promise<Answer | undefined> {
  while (!options.gaveUp() && !broker.nc.isClosed()) {
    const { promise: reconnected, resolve } = Promise.withResolvers<undefined>();
    const forget = broker.onReconnect(() => resolve(undefined));
    const asked = ask(broker, contract, address, question, options.timeoutMs).catch(() => undefined);
    const answered = await Promise.race([asked, reconnected]);
    forget();
    if (answered !== undefined) return answered;
    await new Promise((wake) => setTimeout(wake, ASK_AGAIN_MS).unref());
  }
  return undefined;
}

/**
 * Answers questions until `stop` is called. Replicas that name the same `queue` share them; without one each answers.
 * A question is answered in its own encoding. One that does not fit the contract, or whose handler throws, is logged; it
 * stays unanswered, so that the asker's timeout is its error, unless it came as text, from a stranger: he is told.
 * One whose answer would go elsewhere than to an inbox is not even handled.
 */
export function answer<Question, Answer, Address extends Token[]>(
  broker: Broker,
  contract: RequestContract<Question, Answer, Address>,
  address: Address,
  handle: (question: Question) => Promise<Answer> | Answer,
  queue?: string,
): { stop(): void } {
  const subject = contract.subject(...address);
  const reply = async (message: Msg) => {
    try {
      const result = await handle(decode(contract.question, message.data));
      message.respond(encodeAnswer(message.data, result));
    } catch (error) {
      const text = messageOf(error);
      if (isJson(message.data)) {
        message.respond(JSON.stringify({ error: text, exitCode: exitCodeOf(error) }));
        log().warn({ subject, error: text }, "a question was refused");
      } else log().error({ subject, error: text }, "a question stayed unanswered");
    }
  };
  const subscription = broker.nc.subscribe(subject, {
    ...(queue === undefined ? {} : { queue }),
    callback: (error, message) => {
      if (error !== null) return;
      // A message that wants no answer has an empty reply.
      if (!message.reply || isInbox(message.reply)) void reply(message);
      else
        log().warn({ subject, reply: message.reply }, "a question whose answer is to go to no inbox is left");
    },
  });
  return { stop: () => subscription.unsubscribe() };
}

function exitCodeOf(error: unknown): number {
  return error instanceof TerminalError ? EXIT.badInput : EXIT.couldNotRun;
}

/** Tells everybody who listens now; nobody may. For speed only. */
export function broadcast(broker: Broker, subject: string, body: unknown): void {
  if (!broker.nc.isClosed()) broker.nc.publish(subject, encode(body));
}

export function onBroadcast(
  broker: Broker,
  subject: string,
  handle: (subject: string) => void,
): { stop(): void } {
  const subscription = broker.nc.subscribe(subject, {
    callback: (error, message) => {
      if (error === null) handle(message.subject);
    },
  });
  return { stop: () => subscription.unsubscribe() };
}
