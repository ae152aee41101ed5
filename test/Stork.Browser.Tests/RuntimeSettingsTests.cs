namespace Stork.Browser.Tests;

/// <summary>The settings of the runtime that docs/performance.md describes reach the applications that are made of Stork.</summary>
public sealed class RuntimeSettingsTests(PackedApplication application) : IClassFixture<PackedApplication>
{
    private static readonly string[] Both = [RuntimeSettings.TieringDelay, RuntimeSettings.PoolSpin];

    /// <summary>The projects that an application could be started from, or whose figures are published.</summary>
    private static IEnumerable<string> ProjectsWithStork =>
        new[] { "samples", "bench/peers" }
            .SelectMany(static folder => Directory.EnumerateFiles(
                Path.Combine(Sample.Repository, folder), "*.csproj", SearchOption.AllDirectories))
            .Where(static project => File.ReadAllText(project).Contains("src/Stork/Stork.csproj", StringComparison.Ordinal));

    [Fact]
    public async Task A_reference_to_the_package_brings_the_settings_along()
    {
        var settings = await application.BuildAsync();
        settings.ShouldContainKeyAndValue(RuntimeSettings.TieringDelay, "1");
        settings.ShouldContainKeyAndValue(RuntimeSettings.PoolSpin, "0");
    }

    [Theory]
    [InlineData("StorkFastWarmUp", RuntimeSettings.TieringDelay)]
    [InlineData("StorkSleepWhenIdle", RuntimeSettings.PoolSpin)]
    public async Task Each_setting_can_be_left_out_without_the_other(string property, string left)
    {
        var settings = await application.BuildAsync($"<PropertyGroup><{property}>false</{property}></PropertyGroup>");
        Both.Where(settings.ContainsKey).ShouldBe(Both.Where(name => name != left));
    }

    [Fact]
    public async Task All_settings_can_be_left_out_together()
    {
        var settings = await application.BuildAsync("<PropertyGroup><StorkRuntimeSettings>false</StorkRuntimeSettings></PropertyGroup>");
        Both.Where(settings.ContainsKey).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_application_says_itself_counts()
    {
        var settings = await application.BuildAsync($"""
            <ItemGroup>
              <RuntimeHostConfigurationOption Include="{RuntimeSettings.TieringDelay}" Value="20" />
              <RuntimeHostConfigurationOption Include="{RuntimeSettings.PoolSpin}" Value="30" />
            </ItemGroup>
            """);
        settings.ShouldContainKeyAndValue(RuntimeSettings.TieringDelay, "20");
        settings.ShouldContainKeyAndValue(RuntimeSettings.PoolSpin, "30");
    }

    [Fact]
    public async Task The_samples_and_the_measured_servers_have_the_settings_of_the_package()
    {
        ProjectsWithStork.Count().ShouldBeGreaterThan(4);
        foreach (var project in ProjectsWithStork)
        {
            var (succeeded, options) = await Dotnet.RunAsync(["msbuild", project, "-getItem:RuntimeHostConfigurationOption"]);
            succeeded.ShouldBeTrue(options);
            foreach (var name in Both) options.ShouldContain(name, Case.Sensitive, project);
        }

        var settings = RuntimeSettings.Read(Path.ChangeExtension(Sample.Assembly, ".runtimeconfig.json"));
        settings.ShouldContainKeyAndValue(RuntimeSettings.TieringDelay, "1");
        settings.ShouldContainKeyAndValue(RuntimeSettings.PoolSpin, "0");
    }
}
