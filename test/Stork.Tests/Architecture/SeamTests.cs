using System.Runtime.CompilerServices;

namespace Stork.Tests.Architecture;

/// <summary>Packages stand on what Stork shows everybody: whoever writes an adapter can do what ours do.</summary>
public sealed class SeamTests
{
    [Fact]
    public void Stork_shows_its_inside_to_tests_and_benchmarks_only()
    {
        var friends = typeof(SocketIOServer).Assembly.GetCustomAttributes(typeof(InternalsVisibleToAttribute), inherit: false)
            .Cast<InternalsVisibleToAttribute>()
            .Select(static friend => friend.AssemblyName);
        friends.ShouldBe(["Stork.Tests", "Stork.MicroBenchmarks", "conformance-host"], ignoreOrder: true);
    }
}
