// A host's backend in Node, TypeScript (npm install standardwebhooks): POST /hooks/bzctrl.
import { Webhook } from 'standardwebhooks';

type Created = { type: string; data: { orderID: string; title: string; taskLink?: string } };
const webhook = new Webhook(process.env.WEBHOOK_SECRET!);

/** The body as it came, to the byte. Throws, if the relay has not sent it within the last five minutes: answer 400. */
export function verified(body: string, headers: Record<string, string>): Created {
  return webhook.verify(body, headers) as Created;
}
