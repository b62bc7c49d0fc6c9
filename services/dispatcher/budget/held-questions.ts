import type { BudgetAnswer } from "../../../shared/contracts/route-budget.ts";

/** Questions of replicas that are kept until there is budget for them, one of each replica. */
export interface HeldQuestions {
  /** @param emptied called where the question is answered with nothing, since it was kept too long */
  hold(replica: string, emptied: () => void): Promise<BudgetAnswer>;
  /** Answers the replica's question, if there is one, with what is not nothing. */
  answer(replica: string, answer: Partial<BudgetAnswer>): void;
  /** Answers all with nothing. */
  close(): void;
}

/** A question is answered after this time, if need be with nothing. */
const HELD_MS = 1_000;

/** @param nothing an answer without budget, as of now */
export function openHeldQuestions(nothing: () => BudgetAnswer): HeldQuestions {
  const held = new Map<string, { resolve(answer: BudgetAnswer): void; timer: NodeJS.Timeout }>();
  const answer = (replica: string, given: Partial<BudgetAnswer>) => {
    const question = held.get(replica);
    if (question === undefined) return;
    held.delete(replica);
    clearTimeout(question.timer);
    question.resolve({ ...nothing(), ...given });
  };
  return {
    hold: (replica, emptied) => {
      answer(replica, {});
      return new Promise((resolve) => {
        const empty = () => {
          emptied();
          answer(replica, {});
        };
        held.set(replica, { resolve, timer: setTimeout(empty, HELD_MS) });
      });
    },
    answer,
    close: () => {
      for (const replica of [...held.keys()]) answer(replica, {});
    },
  };
}
