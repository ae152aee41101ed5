using Stork.Tests;

namespace Stork.MessagePack.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void Is_what_was_agreed_upon() => PublicSurface.ShouldBeAsAgreed("Stork.MessagePack", typeof(MessagePackParser).Assembly);
}
