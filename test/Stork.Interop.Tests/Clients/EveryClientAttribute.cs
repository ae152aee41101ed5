using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Stork.Interop.Tests.Clients;

/// <summary>Runs a theory with every client version, over every transport; STORK_CLIENT names the only one that is of interest.</summary>
internal sealed class EveryClientAttribute : DataAttribute
{
    private static readonly string? Only = Environment.GetEnvironmentVariable("STORK_CLIENT");

    /// <summary>The oldest version the scenario can be run with.</summary>
    public ClientVersion Since { get; set; } = ClientVersion.V4_0;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([
            .. from version in Enum.GetValues<ClientVersion>()
               where version >= Since && (Only is null || $"{version}" == Only)
               from transport in Enum.GetValues<ClientTransport>()
               select new TheoryDataRow<ClientVersion, ClientTransport>(version, transport),
        ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
