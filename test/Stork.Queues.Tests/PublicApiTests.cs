using Stork.Tests;

namespace Stork.Queues.Tests;

/// <summary>The public surface is kept in a text file, so that a change to it shows in review.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void Is_what_was_agreed_upon() => PublicSurface.ShouldBeAsAgreed("Stork.Queues", typeof(QueueStore).Assembly);
}
