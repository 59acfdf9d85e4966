import { connect, createServer, type Socket } from 'node:net';

export interface Gate {
  readonly url: string;
  /** Breaks every connection and lets none through. */
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

/** A way to a service on this machine that can be made to lead nowhere, as in an outage. */
export async function openGate(port: number, to: URL): Promise<Gate> {
  let isOpen = true;
  const sockets = new Set<Socket>();
  const server = createServer((caller) => {
    if (!isOpen) {
      caller.destroy();
      return;
    }
    const service = connect(Number(to.port), to.hostname);
    for (const socket of [caller, service]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    caller.pipe(service).pipe(caller);
  });
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    shut() {
      isOpen = false;
      breakAll();
    },
    open() {
      isOpen = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        breakAll();
      }),
  };
}
