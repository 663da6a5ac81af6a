import type { Logger } from 'pino';
import { type Lang, messagesFor } from '../messages/index.js';
import { BlackBox } from '../observe/black-box.js';
import type { BlackBoxFile, WhyWritten } from '../observe/black-box-file.js';
import { BlackBoxFiles, blackBoxFolder } from './black-box-files.js';

/** Options of the black box of a run. */
export interface RunBlackBoxOptions {
  /** The state folder of this configuration; see `stateFolderOf`. */
  folder: string;
  version: string;
  secrets: readonly string[];
  logger: Pick<Logger, 'info' | 'warn'>;
  lang: Lang;
}

/** Links about which an exception is written: it ends the process, which should not take long. */
const MAX_LINKS_OF_EXCEPTION = 10;

/** The black box of a run, with its files: an observer of the app. */
export class RunBlackBox extends BlackBox {
  /** Where the files are. */
  readonly folder: string;
  readonly #options: RunBlackBoxOptions;
  readonly #files: BlackBoxFiles;
  #isUnwritable = false;

  constructor(options: RunBlackBoxOptions) {
    super({ ...options, write: (file) => void this.#write(file) });
    this.#options = options;
    this.folder = blackBoxFolder(options.folder);
    this.#files = new BlackBoxFiles(this.folder);
    process.on('uncaughtExceptionMonitor', this.#onException);
  }

  /** Writes what is known of the links now. Resolves with the paths of the files. @throws the system's error */
  async writeNow(links = this.links): Promise<string[]> {
    const boxes = links.map((link) => this.read(link, 'asked')).filter((box) => box !== undefined);
    const written: string[] = [];
    for (const box of boxes) written.push(await this.#files.write(box));
    return written;
  }

  /** Call it when the run is over. Resolves when everything is written. */
  async close(): Promise<void> {
    process.off('uncaughtExceptionMonitor', this.#onException);
    await this.#files.settled();
  }

  async #write(box: BlackBoxFile): Promise<void> {
    try {
      this.#logWritten(box, await this.#files.write(box));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Only notes: what ends the process then, and what it prints, stays as it is. */
  readonly #onException = (error: Error): void => {
    const why: WhyWritten = 'exception';
    const { name = 'Error', stack = '' } = error ?? {};
    // Its text may contain a part of a message.
    const places = stack.split('\n').filter((line) => /^\s+at /.test(line));
    const exception = { name, stack: places.slice(0, 20).map((line) => line.trim()) };
    try {
      for (const link of this.links.slice(0, MAX_LINKS_OF_EXCEPTION)) {
        const box = this.read(link, why);
        if (box) this.#logWritten(box, this.#files.writeNow({ ...box, exception }));
      }
    } catch (failure) {
      this.#failed(failure);
    }
  };

  #logWritten({ link, why }: BlackBoxFile, file: string): void {
    const { logger, lang } = this.#options;
    logger.info(
      { link, event: 'black-box-written', why, file },
      messagesFor(lang).blackBox.written({ file }),
    );
  }

  #failed(error: unknown): void {
    if (this.#isUnwritable) return;
    this.#isUnwritable = true;
    const { folder } = this;
    const { logger, lang } = this.#options;
    const { code, message } = error as NodeJS.ErrnoException;
    logger.warn(
      { code: 'BLACK_BOX_UNWRITABLE', folder, error: code ?? message },
      messagesFor(lang).blackBox.unwritable({ folder, message: code ?? message }),
    );
  }
}
