import type { RequestContract } from "../../shared/contracts/contract.ts";
import { EXIT, messageOf, TerminalError, UserError } from "../../shared/errors.ts";
import { brokerUrl } from "../../shared/installation/broker-passwords.ts";
import { type Broker, openBroker } from "../../shared/runtime/broker.ts";
import { ask, NoAnswer } from "../../shared/runtime/requests.ts";
import { pause } from "../../shared/timing/pause.ts";
import type { CliConfig } from "../config.ts";
import { type Home, homeAt } from "../supervisor/home.ts";
import { readSecrets } from "../supervisor/secrets.ts";
import { notRunning, readState, runningState } from "../supervisor/state.ts";
import { AlreadyRunning, type System } from "../supervisor/system.ts";

/** A connection to a system, which may be one that this command itself has brought up. */
export interface Session {
  readonly broker: Broker;
  readonly grantKey: string | undefined;
  /** Was the system brought up for this command alone? */
  readonly own: boolean;
  /**
   * Asks until somebody answers, since a system may be restarting.
   * @throws UserError: the answer's own error, or that nobody answered in time
   */
  ask<Question, Answer>(
    contract: RequestContract<Question, Answer, []>,
    question: Question,
    patience?: Patience,
  ): Promise<Exclude<Answer, { error: string }>>;
  /** Takes down what was brought up. */
  close(): Promise<void>;
}

export interface Patience {
  /** Of one question. */
  answerMs: number;
  /** Of asking it again and again. */
  totalMs: number;
}

const PATIENCE: Patience = { answerMs: 5000, totalMs: 15_000 };
const START_MS = 45_000;
const CONNECT_MS = 5000;
const AGAIN_EVERY_MS = 200;

/**
 * Connects to the system of ASSAY_NATS_URL, or to the one that runs in the home.
 * @param start brings one up where none runs; without it that is an error
 * @throws UserError (exit code 3)
 */
export async function openSession(config: CliConfig, start?: () => Promise<System>): Promise<Session> {
  const home = homeAt(config.home);
  let own: System | undefined;
  if (config.natsUrl === undefined) own = await systemOf(home, start);
  /** A system that another command had brought up for its own job may be gone: then this one brings up the next. */
  const wake = async () => {
    if (config.natsUrl !== undefined || runningState(home) !== undefined) return;
    if (start === undefined || readState(home)?.forOneJob !== true) throw wasStopped(home);
    own = await systemOf(home, start);
  };
  try {
    const url =
      config.natsUrl ?? brokerUrl("client", readSecrets(home)!.passwords, runningState(home)!.ports.nats!);
    const broker = await openBroker(url, "assay", CONNECT_MS);
    return {
      broker,
      grantKey: config.grantKey ?? (config.natsUrl === undefined ? readSecrets(home)?.grantKey : undefined),
      get own() {
        return own !== undefined;
      },
      ask: (contract, question, patience = PATIENCE) =>
        askPatiently(broker, contract, question, patience, wake),
      close: async () => {
        if (!broker.nc.isClosed()) await broker.close();
        await own?.stop();
      },
    };
  } catch (error) {
    await own?.stop();
    throw error;
  }
}

/** Waits for a system that is starting or ending; undefined when one is ready that somebody else brought up. */
async function systemOf(home: Home, start: (() => Promise<System>) | undefined): Promise<System | undefined> {
  const giveUpAt = performance.now() + START_MS;
  for (;;) {
    const state = runningState(home);
    if (state?.phase === "ready") return undefined;
    if (state === undefined && start === undefined) throw notRunning(home);
    if (state === undefined && start !== undefined) {
      const started = await start().catch((error: unknown) => {
        if (!(error instanceof AlreadyRunning) || performance.now() > giveUpAt) throw error;
      });
      if (started) return started;
    }
    if (performance.now() > giveUpAt) {
      const sentence = `The system in ${home.folder} is ${state?.phase} for too long: see \`assay status\` and \`assay logs\`.`;
      throw new UserError(sentence, { exitCode: EXIT.couldNotRun });
    }
    await pause(50);
  }
}

async function askPatiently<Question, Answer>(
  broker: Broker,
  contract: RequestContract<Question, Answer, []>,
  question: Question,
  { answerMs, totalMs }: Patience,
  wake: () => Promise<void>,
): Promise<Exclude<Answer, { error: string }>> {
  const giveUpAt = performance.now() + totalMs;
  for (;;) {
    try {
      const answer = await ask(broker, contract, [], question, answerMs);
      const refused = answer as { error?: string; exitCode?: 2 | 3 };
      if (typeof refused.error !== "string") return answer as Exclude<Answer, { error: string }>;
      throw new UserError(refused.error, { exitCode: refused.exitCode ?? EXIT.couldNotRun });
    } catch (error) {
      if (error instanceof TerminalError) throw otherVersion(error);
      if (!(error instanceof NoAnswer)) throw error;
      if (performance.now() > giveUpAt) throw noAnswer(error, totalMs);
      await wake();
      await pause(AGAIN_EVERY_MS);
    }
  }
}

function wasStopped(home: Home): UserError {
  const sentence = `The system in ${home.folder} was stopped: jobs that were under way go on when it is started again with \`assay up\`.`;
  return new UserError(sentence, { exitCode: EXIT.couldNotRun });
}

function noAnswer(cause: unknown, waitedMs: number): UserError {
  const sentence = `The system does not answer for ${Math.round(waitedMs / 1000)} s: see \`assay status\` and \`assay logs\`; what it has of its jobs is safe.`;
  return new UserError(sentence, { cause, exitCode: EXIT.couldNotRun });
}

function otherVersion(cause: Error): UserError {
  const sentence = `The running system is of another version (${messageOf(cause)}): stop it with \`assay down\` and start it again.`;
  return new UserError(sentence, { cause, exitCode: EXIT.couldNotRun });
}
