using Stork.Wire;

namespace Stork.SocketIO.Clustering;

/// <summary>A broadcast of this server whose acknowledgements other servers collect. Whoever collects all of them says when it is
/// over.</summary>
internal sealed class AcknowledgementRequest(IBroadcastAcknowledgements acknowledgements, ArgumentSerializer serializer) : PendingRequest
{
    public override void OnAnswer(ClusterMessage message)
    {
        switch (message)
        {
            case ClusterClientCount count:
                acknowledgements.Expect(count.ServerId, count.Count);
                break;
            case ClusterClientAnswer answer:
                acknowledgements.Add(answer.ServerId, EventArguments.FromValue(answer.Value, serializer));
                break;
        }
    }

    public override void Lose(string serverId) => acknowledgements.Lose(serverId);

    public override void End()
    {
        // Its own time limit goes on: clients of this server may still answer.
    }

    internal override void OnDue()
    {
    }
}
