// A table. Jobs that came together are one INSERT; a claim marks a batch as taken, and it is deleted when its workers are done.
import pg from "pg";
import { Batches } from "./batches.mjs";

const user = "postgres";
const producers = 2;
const mostInHand = 2000;
const mostAtOnce = 512;

const insert = { name: "insert", text: "insert into jobs (job) select * from unnest($1::text[])" };
const claim = {
  name: "claim",
  text: `update jobs set is_taken = true where seq = any (array(
    select seq from jobs where not is_taken order by seq limit $1 for update skip locked)) returning seq, job`,
};
const remove = { name: "remove", text: "delete from jobs where seq = any ($1::bigint[])" };

export async function open(port, deliver) {
  const connect = async () => {
    const client = new pg.Client({ host: "127.0.0.1", port, user, database: "postgres" });
    await client.connect();
    return client;
  };
  const [claimer, settler] = [await connect(), await connect()];
  await settler.query(
    "create table jobs (seq bigint generated always as identity primary key, is_taken boolean not null default false, job text not null)",
  );
  await settler.query("create index on jobs (seq) where not is_taken");
  // A claim that is lost with the power only means that its jobs come again, as they have to then anyway.
  await claimer.query("set synchronous_commit = off");

  let inHand = 0;
  let goOn = () => {};
  const settling = new Batches(async (seqs) => {
    await settler.query({ ...remove, values: [seqs] });
    inHand -= seqs.length;
    goOn();
  }, Array(1));
  const storing = new Batches(
    async (jobs, client) => {
      await client.query({ ...insert, values: [jobs] });
      goOn();
    },
    await Promise.all(Array.from({ length: producers }, connect)),
  );

  // Told in process that there is something, or room for it: nothing has to be polled.
  async function work() {
    while (true) {
      const wanted = Math.min(mostAtOnce, mostInHand - inHand);
      const changed = new Promise((resolve) => (goOn = resolve));
      const { rows } = wanted > 0 ? await claimer.query({ ...claim, values: [wanted] }) : { rows: [] };
      inHand += rows.length;
      for (const { seq, job } of rows) deliver(JSON.parse(job), () => settling.add(seq));
      if (rows.length === 0) await changed;
    }
  }

  work();
  return {
    store: (job) => storing.add(JSON.stringify(job)),
    left: async () => Number((await settler.query("select count(*) from jobs")).rows[0].count),
  };
}
