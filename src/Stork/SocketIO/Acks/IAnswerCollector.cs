using Stork.Wire;

namespace Stork.SocketIO.Acks;

/// <summary>Takes what the handlers of an event answer, instead of the client.</summary>
internal interface IAnswerCollector
{
    /// <summary>The answer; called at most once, but for one that throws.</summary>
    /// <param name="answer">Holds the array of arguments; valid until the call returns.</param>
    void Collect(PacketBuilder answer);

    /// <summary>A handler has thrown, whether or not it has answered.</summary>
    void OnFailed();
}
