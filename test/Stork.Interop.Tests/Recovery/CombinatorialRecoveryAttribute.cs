using System.Reflection;
using Stork.Interop.Tests.Clients;
using Xunit.Sdk;
using Xunit.v3;

namespace Stork.Interop.Tests.Recovery;

/// <summary>Client versions that can recover, the newest over every transport, with the server killed and with a server
/// that has not noticed.</summary>
internal sealed class CombinatorialRecoveryAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([
            .. from version in new[] { ClientVersion.V4_6, ClientVersion.V4_8, ClientVersion.V4_8_MessagePack }
               from transport in Enum.GetValues<ClientTransport>()
               where version == ClientVersion.V4_8 || transport == ClientTransport.WebSocket
               from killed in new[] { false, true }
               select new TheoryDataRow<ClientVersion, ClientTransport, bool>(version, transport, killed),
        ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
