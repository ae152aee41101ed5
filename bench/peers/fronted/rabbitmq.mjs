// A quorum queue, written through a channel with publisher confirms and read through one of another connection.
import amqp from "amqplib";

const queue = "jobs";
const prefetch = 2000;

export async function open(port, deliver) {
  const connect = () => amqp.connect({ hostname: "127.0.0.1", port });
  const producer = await (await connect()).createConfirmChannel();
  await producer.assertQueue(queue, { durable: true, arguments: { "x-queue-type": "quorum" } });
  const consumer = await (await connect()).createChannel();
  await consumer.prefetch(prefetch);

  // Workers are done in any order. All up to the first delivery that is not done are acknowledged together,
  // once in a turn of the event loop: a fifth more jobs than with an acknowledgement for each.
  // One that takes long holds up the settlement of those behind it, but not their delivery.
  const done = new Set();
  let settled = 0;
  let isScheduled = false;
  const settle = () => {
    isScheduled = false;
    const before = settled;
    while (done.delete(settled + 1)) settled++;
    if (settled > before) consumer.ack({ fields: { deliveryTag: settled } }, true);
  };
  const { consumerTag } = await consumer.consume(queue, (message) => {
    deliver(JSON.parse(message.content), () => {
      done.add(message.fields.deliveryTag);
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(settle);
    });
  });

  return {
    store: (job) =>
      new Promise((resolve, reject) =>
        producer.sendToQueue(queue, Buffer.from(JSON.stringify(job)), { persistent: true }, (error) => (error ? reject(error) : resolve())),
      ),
    // What was delivered and is not settled goes back, so that it is counted too. To get a message takes its turn behind that;
    // the count of the queue alone would not.
    async left() {
      await consumer.cancel(consumerTag);
      await consumer.recover();
      const message = await consumer.get(queue);
      return message ? message.fields.messageCount + 1 : 0;
    },
  };
}
