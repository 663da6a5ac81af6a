import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { type FakeConnection, FakeEndpoint } from './fake-endpoint.js';

export { seeded } from '../../src/daemon/chaos/fault-plan.js';

const CODES: ReadonlySet<number> = new Set(Object.values(ErrorCode));
/** The fault that ends a connection, if any. */
const FAULTS = ['4004', '1001', 'cut', 'silent', 'hangs'] as const;

/** The endpoint's record of one connection, and everything wrong about it. */
interface Ledger {
  connection: FakeConnection;
  /** Calls in the order in which they were sent: the expected text, and whether the answer has come. */
  calls: { text: string | undefined; isAnswered: boolean }[];
  /** This many calls were certainly received: the pong to a later ping has come. */
  received: number;
  fault: (typeof FAULTS)[number] | undefined;
}

/**
 * An endpoint that calls all the time, counts ids from 0 on each connection as the cloud does, and fails at random.
 * `violations` describes every broken guarantee.
 */
export class FaultyCaller {
  readonly violations: string[] = [];
  readonly ledgers: Ledger[] = [];
  readonly codes = new Map<number, number>();
  answered = 0;
  mostOpen = 0;
  readonly #random: () => number;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isOver = false;
  fake!: FakeEndpoint;

  private constructor(random: () => number) {
    this.#random = random;
  }

  static async start(random: () => number): Promise<FaultyCaller> {
    const caller = new FaultyCaller(random);
    caller.fake = await FakeEndpoint.start({
      onConnection: (connection, index) => caller.#serve(connection, index),
      onUpgrade: (_, socket) => {
        if (caller.#isOver || random() > 0.1) return false;
        socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        return true;
      },
    });
    return caller;
  }

  /** Stops calls and faults. */
  rest(): void {
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const { connection } of this.ledgers) connection.tcp.resume();
  }

  /** Checks what can be known only when every connection has ended. */
  settle(): void {
    for (const [index, { connection, calls, received, fault }] of this.ledgers.entries()) {
      if (!connection.isClosed) this.violations.push(`connection ${index} is still open`);
      // A caller that cuts its connection gets no answers to its pending requests.
      if (fault !== undefined && fault !== 'silent') continue;
      for (const [id, { isAnswered }] of calls.slice(0, received).entries())
        if (!isAnswered)
          this.violations.push(`call ${id} of connection ${index} was received and not answered`);
    }
  }

  #serve(connection: FakeConnection, index: number): void {
    // A caller that hangs does not see the end of its connection.
    const open = this.ledgers.filter(
      (ledger) => !ledger.connection.isClosed && ledger.fault !== 'hangs',
    ).length;
    this.mostOpen = Math.max(this.mostOpen, open + 1);
    const ledger: Ledger = { connection, calls: [], received: 0, fault: undefined };
    this.ledgers.push(ledger);
    connection.socket.on('message', (data) => this.#heard(ledger, index, data.toString()));
    connection.socket.on('pong', (data) => {
      ledger.received = Math.max(ledger.received, Number(data.toString()));
    });
    void connection.greet(undefined, 'initialize').then(
      () => this.#callAllTheTime(ledger, index),
      () => {},
    );
    if (this.#random() < 0.5) this.#later(50 + 350 * this.#random(), () => this.#misbehave(ledger));
  }

  #callAllTheTime(ledger: Ledger, index: number): void {
    const timer = setInterval(() => {
      if (ledger.fault !== undefined || ledger.connection.isClosed) return clearInterval(timer);
      const id = ledger.calls.length;
      const chance = this.#random();
      const text = `${index}:${id}`;
      const [name, args, expected] =
        chance < 0.75
          ? ['echo', { text }, text]
          : chance < 0.97
            ? ['slow', { ms: Math.round(150 * this.#random()) }, undefined]
            : ['exit', { code: 1 }, undefined];
      ledger.calls.push({ text: expected, isAnswered: false });
      ledger.connection.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
      ledger.connection.socket.ping(String(ledger.calls.length));
    }, 7);
    this.#timers.add(timer);
  }

  #heard(ledger: Ledger, index: number, frame: string): void {
    const message = JSON.parse(frame) as {
      id: number | string;
      method?: string;
      error?: { code: number };
      result?: { content: [{ text: string }] };
    };
    if (message.method !== undefined || message.id === 'initialize') return;
    const call = ledger.calls[message.id as number];
    const what = `connection ${index} got ${frame}`;
    if (!call) return void this.violations.push(`${what}, which it had not asked`);
    if (call.isAnswered) this.violations.push(`${what}, which was answered before`);
    call.isAnswered = true;
    this.answered += 1;
    const { error, result } = message;
    if (error) {
      this.codes.set(error.code, (this.codes.get(error.code) ?? 0) + 1);
      if (!CODES.has(error.code)) this.violations.push(`${what}, an error that is not documented`);
    } else if (call.text !== undefined && result?.content[0].text !== call.text)
      this.violations.push(`${what} instead of ${call.text}`);
  }

  #misbehave(ledger: Ledger): void {
    const { connection } = ledger;
    if (connection.socket.readyState !== connection.socket.OPEN) return;
    const fault = FAULTS[Math.floor(FAULTS.length * this.#random())]!;
    ledger.fault = fault;
    if (fault === '4004') connection.socket.close(4004, 'Internal server error');
    else if (fault === '1001') connection.socket.close(1001, 'going away');
    else if (fault === 'cut') connection.socket.terminate();
    else if (fault === 'hangs') connection.tcp.pause();
  }

  #later(ms: number, act: () => void): void {
    this.#timers.add(setTimeout(act, ms));
  }
}
