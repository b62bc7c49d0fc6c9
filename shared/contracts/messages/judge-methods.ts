/** What a message must know of a judge method. How it judges is said in shared/judging/methods/<method>.ts. */
interface JudgeMethodRow {
  /** At which the model is asked where none is given; null: that is left to the provider. */
  temperature: number | null;
  /** What its judged rows are where they are written as the CSV of feedback; null: they cannot be. */
  feedback: "ratings" | "rankings" | null;
}

/** UltraFeedback's judge. */
const RATING_TEMPERATURE = 0.1;

/** All judge methods, in the order in which they are shown. A method that has no file is a type error there. */
const JUDGE_METHOD_ROWS = {
  ultrafeedback: { temperature: RATING_TEMPERATURE, feedback: null },
  overall: { temperature: RATING_TEMPERATURE, feedback: null },
  ratings: { temperature: null, feedback: "ratings" },
  rankings: { temperature: null, feedback: "rankings" },
  pairwise: { temperature: null, feedback: null },
  custom: { temperature: null, feedback: null },
} as const satisfies Record<string, JudgeMethodRow>;

export type Method = keyof typeof JUDGE_METHOD_ROWS;
export const METHODS = Object.keys(JUDGE_METHOD_ROWS) as [Method, ...Method[]];
export const JUDGE_METHODS: Readonly<Record<Method, JudgeMethodRow>> = JUDGE_METHOD_ROWS;

/** Methods whose judged rows can be written as the CSV of feedback. */
export const AS_FEEDBACK = METHODS.filter((method) => JUDGE_METHODS[method].feedback !== null);
