/** What LiteLLM answers, before it is written out. */
export interface JSONAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** An error answer, thrown by whoever notices. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly answer: JSONAnswer;

  constructor(status: number, body: unknown) {
    super(`answered ${status}`);
    this.answer = { status, body };
  }
}

/** LiteLLM's own shape of an error. */
export function proxyError(status: number, type: string, param: string | null, message: string): Refusal {
  return new Refusal(status, { error: { message, type, param, code: String(status) } });
}

/** FastAPI's shape of an error with a text. */
export function detail(status: number, text: string): Refusal {
  return new Refusal(status, { detail: text });
}

/** FastAPI's shape of a request that it cannot read. */
export function unprocessable(type: string, loc: readonly (string | number)[], msg: string): Refusal {
  return new Refusal(422, { detail: [{ type, loc, msg }] });
}
