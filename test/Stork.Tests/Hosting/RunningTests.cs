using Xunit.v3;

namespace Stork.Tests.Hosting;

internal static class RunningTests
{
    /// <summary>Whether the class whose tests run has the attribute.</summary>
    public static bool Have<TAttribute>()
        where TAttribute : Attribute =>
        TestContext.Current.TestClass is IXunitTestClass running && Attribute.IsDefined(running.Class, typeof(TAttribute));
}
