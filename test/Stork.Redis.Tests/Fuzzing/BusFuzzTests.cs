using System.Text.Json;
using Stork.Protocol.Tests.Fuzzing;
using Stork.Redis.ClusterMessages;
using Stork.Redis.PubSub;

namespace Stork.Redis.Tests.Fuzzing;

/// <summary>Broken messages, given to what reads them: each is read, or refused by an exception that says so, with memory in proportion to
/// its length; and what is read can be written, and read again as the same.</summary>
/// <remarks>Each day has other inputs. A failure names the seed of its own: STORK_FUZZ_SEED and STORK_FUZZ_INPUTS repeat it, and make
/// longer runs.</remarks>
public sealed class BusFuzzTests
{
    /// <summary>What is read at the limit stands deeper when it is written: what writes has to allow for that.</summary>
    private const int DepthOfWriting = Depth + 16;

    private const int Depth = 64;
    private const int Size = 1 << 20;
    private const int AllocationsApart = 256 * 1024; // an exception and its stack trace
    private const int AllocationsPerByte = 100;

    private static readonly int Seed = FromEnvironment("STORK_FUZZ_SEED", OfToday());
    private static readonly int Inputs = FromEnvironment("STORK_FUZZ_INPUTS", 10_000);

    private static readonly BroadcastFormat Broadcasts = new("/", DepthOfWriting, Size);
    private static readonly RequestFormat Requests = new(DepthOfWriting);
    private static readonly ClusterMessageFormat Messages = new("/", DepthOfWriting);

    private delegate ClusterMessage? Reader(byte[] bytes, int maxDepth);

    [Fact]
    public void Broadcasts_are_read_or_refused() => Run(
        BusCorpus.Broadcasts,
        static (bytes, maxDepth) => new BroadcastFormat("/", maxDepth, Size).Read(bytes),
        static message => Broadcasts.Write((ClusterBroadcast)message));

    [Fact]
    public void Requests_are_read_or_refused() => Run(
        BusCorpus.Requests,
        static (bytes, maxDepth) => PubSubRequest.Read(bytes, maxDepth, Size).ToMessage(),
        static message => message is ClusterBroadcast broadcast ? Broadcasts.WriteRequest(broadcast) : Requests.Write(message));

    [Fact]
    public void Answers_are_read_or_refused() => Run(BusCorpus.Answers, ReadAnswer, Requests.WriteAnswer);

    [Fact]
    public void Messages_of_cluster_adapters_are_read_or_refused() => Run(
        BusCorpus.ClusterMessages,
        static (bytes, maxDepth) => ReceivedMessage.Read(bytes, "/", maxDepth, Size)?.ToMessage(),
        Messages.Write);

    private static ClusterMessage? ReadAnswer(byte[] bytes, int maxDepth)
    {
        var answer = PubSubAnswer.Read(bytes, maxDepth, Size);
        _ = answer?.FindRooms();
        return answer?.ToMessage();
    }

    private static void Run(byte[][] corpus, Reader read, Func<ClusterMessage, ReadOnlyMemory<byte>> write)
    {
        var accepted = 0;
        for (var i = 0; i < Inputs; i++)
        {
            var input = new Mutator(corpus, new Random(Seed + i)).Next();
            try
            {
                if (TryRead(input, read) is not { } message) continue;
                accepted++;
                var again = read(write(message).ToArray(), DepthOfWriting).ShouldNotBeNull();
                BusTexts.Describe(again).ShouldBe(BusTexts.Describe(message));
            }
            catch (Exception exception)
            {
                throw new ShouldAssertException(
                    $"STORK_FUZZ_SEED={Seed + i} STORK_FUZZ_INPUTS=1, input {Convert.ToHexString(input)}", exception);
            }
        }

        // A run that refuses everything, or nothing, tests half a reader.
        if (Inputs >= 1_000) accepted.ShouldBeInRange(Inputs / 100, Inputs - (Inputs / 100));
    }

    private static ClusterMessage? TryRead(byte[] input, Reader read)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        ClusterMessage? message;
        try
        {
            message = read(input, Depth);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            message = null;
        }

        var most = AllocationsApart + ((long)AllocationsPerByte * input.Length);
        (GC.GetAllocatedBytesForCurrentThread() - allocated).ShouldBeLessThan(most);
        return message;
    }

    /// <summary>Not those of faults in our own code: a null, an index, a cast.</summary>
    private static bool IsRefusal(Exception exception) =>
        exception is FormatException or JsonException or EndOfStreamException or OverflowException
        || exception.GetType().Namespace == "Nerdbank.MessagePack";

    private static int OfToday()
    {
        var today = TimeProvider.System.GetUtcNow();
        return ((today.Year * 10_000) + (today.Month * 100) + today.Day) % 21_000_000;
    }

    private static int FromEnvironment(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : fallback;
}
