import { createSocket } from 'node:dgram';
import { type Answer, decode, encode } from 'dns-packet';
import { HOST } from './nginx.ts';

/** A name server for the `resolver` directive, on the host. */
export interface NameServer extends AsyncDisposable {
  /** For `resolver` in a container; nginx looks the name up in /etc/hosts when it starts. */
  readonly resolver: string;
}

/**
 * Starts a name server that knows these names and no others. It answers with A records, over UDP.
 *
 * @param addresses IPv4 address by name
 */
export async function startNameServer(
  addresses: Readonly<Record<string, string>>,
): Promise<NameServer> {
  const socket = createSocket('udp4', (message, asker) => {
    const { id, questions = [] } = decode(message);
    const answers = questions.flatMap(({ name, type }): Answer[] => {
      const data = addresses[name.toLowerCase()];
      return data && type === 'A' ? [{ name, type: 'A', ttl: 60, data }] : [];
    });
    const isKnown = questions.every(({ name }) => name.toLowerCase() in addresses);
    const NXDOMAIN = 3;
    const reply = encode({
      type: 'response',
      flags: isKnown ? 0 : NXDOMAIN,
      questions,
      answers,
      ...(id === undefined ? {} : { id }),
    });
    socket.send(reply, asker.port, asker.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '0.0.0.0', resolve));
  return {
    resolver: `${HOST}:${socket.address().port} ipv6=off`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
