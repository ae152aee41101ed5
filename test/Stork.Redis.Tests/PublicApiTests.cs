using Stork.Tests;

namespace Stork.Redis.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void Is_what_was_agreed_upon() => PublicSurface.ShouldBeAsAgreed("Stork.Redis", typeof(RedisPubSubAdapter).Assembly);
}
