using Stork.SocketIO.Sessions;

namespace Stork.Recovery;

/// <summary>
/// The part of a socket that <see cref="ConnectionStateRecoveryOptions.Applies"/> leaves out: it gets events without offsets.
/// </summary>
internal sealed class Outsider(RecoveryLog log, NamespaceTrails trails) : NoSession
{
    public override ValueTask<bool> TryOpenAsync(Socket socket)
    {
        log.CountOutsider(trails, 1);
        return base.TryOpenAsync(socket);
    }

    public override void OnClosed(DisconnectReason reason) => log.CountOutsider(trails, -1);
}
