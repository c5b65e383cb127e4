import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";

/** The part of a driver's connection that upgrades it to TLS. */
export interface UpgradingConnection {
  /** The encrypted one, once `startTLS` is done. */
  stream: { getPeerCertificate(): PeerCertificate };
  startTLS(done: (error?: Error) => void): void;
}

/**
 * Compares the certificate with the address, where a server is named by one: the driver hands only names on, and the
 * runtime then compares with `localhost`, which refuses the right certificate and takes a wrong one. It is done between
 * the TLS handshake and the log-in, so that no password goes to a server that is not the one.
 */
export function verifyAddress(connection: UpgradingConnection, host: string): void {
  const { startTLS } = connection;
  if (isIP(host) === 0) return;
  connection.startTLS = (done) =>
    startTLS.call(connection, (error) =>
      done(error ?? checkServerIdentity(host, connection.stream.getPeerCertificate())),
    );
}
