using Stork.SocketIO.Sessions;

namespace Stork.Recovery;

/// <summary>
/// The part of a socket that <see cref="ConnectionStateRecoveryOptions.Applies"/> leaves out: it gets events without offsets.
/// </summary>
/// <param name="count">Is told of each that begins or ends: a namespace needs a form of its events without offsets while there is
/// one.</param>
internal sealed class Outsider(Action<int> count) : NoSession
{
    public override ValueTask<bool> TryOpenAsync(Socket socket)
    {
        count(1);
        return base.TryOpenAsync(socket);
    }

    public override void OnClosed(DisconnectReason reason) => count(-1);
}
