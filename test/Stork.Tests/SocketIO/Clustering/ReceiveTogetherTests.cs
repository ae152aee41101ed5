using Stork.Wire;

namespace Stork.Tests.SocketIO.Clustering;

public sealed class ReceiveTogetherTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_clients_get_of_several_messages_is_flushed_behind_the_last(bool fails)
    {
        var output = new Output();
        try
        {
            Receiver.HandleTogether(() =>
            {
                OutputBatch.Current.ShouldNotBeNull().Add(output);
                output.IsFlushed.ShouldBeFalse();
                if (fails) throw new IOException("a message");
            });
        }
        catch (IOException) when (fails)
        {
            // What was handled before leaves all the same.
        }

        output.IsFlushed.ShouldBeTrue();
        OutputBatch.Current.ShouldBeNull();
    }

    private abstract class Receiver : ClusterAdapter
    {
        private Receiver(Namespace nsp)
            : base(nsp)
        {
        }

        public static void HandleTogether(Action receive) => ReceiveTogether(receive);
    }

    private sealed class Output : IBatchedOutput
    {
        public bool IsFlushed { get; private set; }

        public void FlushBatch() => IsFlushed = true;

        public void PrefetchForFlush(int step)
        {
        }
    }
}
