using Stork.ClientFiles;

namespace Stork.Tests.ClientFiles;

/// <summary>The files of socket.io-client as npm publishes them.</summary>
internal static class NpmClient
{
    public const string Version = "4.8.4";

    /// <summary>SHA-256 of each file in the package's dist folder.</summary>
    public static readonly TheoryData<string, string> Files = new()
    {
        { "socket.io.js", "e135466dffd976ef028000a211a6dfd4dda0f5a91af760f122585131f4ee9936" },
        { "socket.io.js.map", "cfce7ead20857eec01b8174c8428fe5cb57e767afdd23f0b880e0ca2ff37424c" },
        { "socket.io.min.js", "d5d79a35039e860b32bdef4795528b05c2f788d4b2d9dacc913120e2878f7b3f" },
        { "socket.io.min.js.map", "f3bb40c9acac4071f1875bb9f09f113b0ccbc14bed1d1c46963bf64b41a3d6fe" },
        { "socket.io.esm.min.js", "771c3872e7d9bf81020615fda67ef0fd2aa61fcaf1990100714a46fa2c39f8a1" },
        { "socket.io.esm.min.js.map", "c9d398fa2ec6a2154406f992a9fe32dfbbe8fda8b4804ee2d292d131362d731f" },
        { "socket.io.msgpack.min.js", "6b70101fcbb8a33e4d1a784f35f0aab2eee0d4fb84a374613019753ba998ce67" },
        { "socket.io.msgpack.min.js.map", "77165466ad50ee0f502d4a123d2d6fdabf82ec21529533abef5a1a64326b98d5" },
    };

    public static void SkipUnlessEmbedded() =>
        Assert.SkipWhen(ClientBundle.Embedded.Version is null, "Stork was built without the client files; build it with npm at hand.");
}
