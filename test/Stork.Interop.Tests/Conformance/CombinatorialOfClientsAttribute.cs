using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Stork.Interop.Tests.Conformance;

/// <summary>The newest and the oldest engine.io-client of protocol 4, over polling, WebSocket,
/// and the change from one to the other.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CombinatorialOfClientsAttribute : DataAttribute
{
    public override bool SupportsDiscoveryEnumeration() => true;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        var rows = from version in (string[])["newest", "oldest"]
                   from transports in (string[])["polling", "websocket", "polling,websocket"]
                   select (ITheoryDataRow)new TheoryDataRow<string, string>(version, transports);
        return new ValueTask<IReadOnlyCollection<ITheoryDataRow>>([.. rows]);
    }
}
