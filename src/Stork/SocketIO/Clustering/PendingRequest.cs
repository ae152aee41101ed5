using Stork.Timing;

namespace Stork.SocketIO.Clustering;

/// <summary>A request to the other servers, while answers may come.</summary>
internal abstract class PendingRequest : WheelEntry
{
    /// <summary>A message that bears the request's id.</summary>
    public abstract void OnAnswer(ClusterMessage message);

    /// <summary>A server has gone.</summary>
    public abstract void Lose(string serverId);

    /// <summary>This server stops: nobody answers any more.</summary>
    public abstract void End();
}
