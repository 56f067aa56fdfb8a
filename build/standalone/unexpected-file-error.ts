/** A file is not built as the standalone step knows it, so nothing is made from it. */
export class UnexpectedFileError extends Error {
  override readonly name = 'UnexpectedFileError';

  /**
   * @param file - The name of the file, as the reader knows it.
   * @param fact - What is otherwise, as the rest of a sentence that begins with the file.
   */
  constructor(file: string, fact: string) {
    super(`${file} ${fact}. No standalone file was made; build/standalone/README.md says what to do.`);
  }
}
