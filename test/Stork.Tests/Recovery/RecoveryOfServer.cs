using Stork.Recovery;

namespace Stork.Tests.Recovery;

internal static class RecoveryOfServer
{
    extension(SocketIOServer server)
    {
        /// <summary>The log of a server whose clients recover.</summary>
        public RecoveryLog Recovery => (RecoveryLog)server.Sessions;
    }
}
