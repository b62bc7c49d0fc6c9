import type { DatasetRequest } from "../../contracts/dataset-request.ts";
import { UserError } from "../../errors.ts";
import { isJsonObject } from "../json/exact-json.ts";
import type { Fault, SourceRow } from "../reading/source-row.ts";
import { absentColumn, chooseRecipe, type Mapping, namedColumns } from "../recipes/choose-recipe.ts";
import { applyRecipe, type Recipe } from "../recipes/recipe.ts";
import type { BadRow, PreparedRow } from "./prepared-row.ts";

/** Turns source rows into prepared ones by the recipe that the first rows settle; keeps what is to be said at the end. */
export class RowPreparer {
  readonly #mapping: Mapping;
  readonly #name: string;
  readonly #skipBadRows: boolean;
  readonly #keepSource: boolean;
  /** Columns that were named and that no row has had so far. */
  readonly #unseen: Set<string>;
  #columns: string[] = [];
  recipe: Recipe | undefined;
  firstFault: string | undefined;

  constructor(request: DatasetRequest, name: string) {
    const repo = request.source.kind === "hub" ? request.source.repo : undefined;
    this.#mapping = { columns: request.columns, system: request.system, template: request.template, repo };
    this.#name = name;
    this.#skipBadRows = request.skipBadRows ?? false;
    this.#keepSource = request.keepSource ?? false;
    this.#unseen = new Set(namedColumns(this.#mapping));
  }

  /** Settles the recipe by the columns of the first batch that has any. @throws UserError if none fits */
  settle(rows: SourceRow[]): void {
    if (this.recipe) return;
    const objects = rows.flatMap((row) => ("value" in row && isJsonObject(row.value) ? [row.value] : []));
    if (objects.length === 0) return;
    this.#columns = [...new Set(objects.flatMap((object) => Object.keys(object)))];
    this.recipe = chooseRecipe(this.#mapping, this.#columns, this.#name);
  }

  /** @throws UserError naming `place`, if the row is bad and bad rows are not skipped */
  prepare(row: SourceRow, place: string): PreparedRow | BadRow {
    if ("fault" in row) return this.#bad(row.fault, place);
    if (this.#unseen.size > 0 && isJsonObject(row.value)) {
      for (const column of this.#unseen) if (Object.hasOwn(row.value, column)) this.#unseen.delete(column);
    }
    const prepared = applyRecipe(this.recipe ?? NO_RECIPE_YET, row.value);
    if ("fault" in prepared) return this.#bad(prepared.fault, place);
    return this.#keepSource
      ? { ...prepared, source: row.value as NonNullable<PreparedRow["source"]> }
      : prepared;
  }

  /** @throws UserError if a column that was named is in none of the rows */
  requireNamedColumns(): void {
    const [column] = this.#unseen;
    if (column !== undefined) throw absentColumn(column, this.#columns, this.#name);
  }

  #bad({ reason, message }: Fault, place: string): BadRow {
    const sentence = `${place} ${message}`;
    this.firstFault ??= sentence;
    if (this.#skipBadRows) return { bad: { reason, message: `${sentence}.` } };
    throw new UserError(`${sentence}: mend or remove it, or leave such rows out with --skip_bad_rows.`);
  }
}

/** Until a row with columns comes, every row is a fault whatever the recipe. */
const NO_RECIPE_YET: Recipe = { form: "prompt", columns: { prompt: "prompt" } };
