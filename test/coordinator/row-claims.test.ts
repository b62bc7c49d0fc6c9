import { expect, test } from "vitest";
import { RowClaims } from "../../services/coordinator/collecting/row-claims.ts";

test("rows in the hands of a living worker are not given to another", () => {
  const claims = new RowClaims(1000);
  expect(claims.claim("a", [1, 2, 3], 0)).toEqual([]);
  expect(claims.claim("b", [3, 4], 500)).toEqual([3]);
  expect(claims.claim("a", [1, 2, 3], 600)).toEqual([]);
});

test("a refused claim claims nothing", () => {
  const claims = new RowClaims(1000);
  claims.claim("a", [3], 0);
  claims.claim("b", [3, 4], 1);
  expect(claims.claim("c", [4], 2)).toEqual([]);
});

test("a worker that asks for no rows is alive; one that is silent for too long is not", () => {
  const claims = new RowClaims(1000);
  claims.claim("a", [1], 0);
  claims.claim("a", [], 900);
  expect(claims.claim("b", [1], 1800)).toEqual([1]);
  expect(claims.claim("b", [1], 1900)).toEqual([]);
});

test("a worker that leaves, and a row that has an outcome, hold nothing", () => {
  const claims = new RowClaims(1000);
  claims.claim("a", [1], 0);
  claims.leave("a");
  expect(claims.claim("b", [1], 1)).toEqual([]);
  claims.settle(1);
  expect(claims.claim("c", [1], 2)).toEqual([]);
});

test("rows that somebody holds are told", () => {
  const claims = new RowClaims(1000);
  claims.claim("a", [1, 2], 0);
  claims.claim("b", [50], 0);
  claims.settle(2);
  expect([...claims.held()]).toEqual([1, 50]);
});
