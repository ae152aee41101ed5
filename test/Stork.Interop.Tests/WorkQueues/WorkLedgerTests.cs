namespace Stork.Interop.Tests.WorkQueues;

/// <summary>The judge of <see cref="SharedWorkTests"/> condemns what it should.</summary>
public sealed class WorkLedgerTests : IDisposable
{
    private readonly string _log = Path.GetTempFileName();

    public void Dispose() => File.Delete(_log);

    [Theory]
    [InlineData("10 give a - job - 1 1", "20 give b - job - 1 2")]
    [InlineData("10 give a - job - 1 1", "15 end a job 1 ack", "20 give b - job - 1 2")]
    [InlineData("10 give a - job - 1 1", "20 give b - job - 1 2", "30 gone a -")]
    [InlineData("10 give server - job - 1 1", "5000 give b - job - 1 2")]
    [InlineData("10 give a - one key 1 1", "20 give b - two key 2 1")]
    [InlineData("5 boot", "10 give a - one key 1 1", "15 end a one 2 ack", "20 give b - two key 2 1")]
    public void Nobody_may_have_a_job_or_a_key_beside_another(params string[] lines) =>
        Should.Throw<Exception>(Ledger(lines).CheckExclusion).Message.ShouldContain("was given although");

    [Theory]
    [InlineData("10 give a - job - 1 1", "15 end a job 1 nack", "20 give b - job - 1 2")]
    [InlineData("10 give a - job - 1 1", "15 end a job 1 ack", "16 gone a -", "20 give b - job - 1 2")]
    [InlineData("10 give a - job - 1 1", "12 boot", "20 give b - job - 1 2")]
    [InlineData("10 give a ann job - 1 1", "20 give b ann job - 1 2")]
    [InlineData("10 give a - job - 1 1", "1010 give b - job - 1 2")]
    [InlineData("10 give a - one key 1 1", "15 end a one 1 ack", "20 give b - two key 2 1")]
    [InlineData("10 give a - one - 1 1", "20 give b - two - 2 1")]
    [InlineData("10 give a - one key 1 1", "15 end a one 1 ack", "2500 give server - one key 1 2", "2510 give b - two key 2 1")]
    public void A_reason_on_record_excuses(params string[] lines) => Ledger(lines).CheckExclusion();

    [Fact]
    public void A_keys_jobs_are_done_in_their_order()
    {
        string[] first =
            ["10 give a - one key 1 1", "15 end a one 1 nack", "20 give b - two key 2 1", "25 end b two 1 ack", "30 give b - one key 1 2"];
        Should.Throw<Exception>(Ledger(first).CheckOrder).Message.ShouldContain("is done before");
        Ledger("10 give a - one key 1 1", "15 end a one 1 ack", "20 give b - two key 2 1").CheckOrder();
    }

    private WorkLedger Ledger(params string[] lines)
    {
        File.WriteAllLines(_log, lines);
        return new WorkLedger([_log]);
    }
}
